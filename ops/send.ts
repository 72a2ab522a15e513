import { setTimeout as wait } from "node:timers/promises";
import * as v from "valibot";
import { readOptions, refuse } from "../cli/options.ts";
import { findStack } from "../cli/runningStack.ts";
import { type PayloadTerms, payloadsFor } from "../src/delivery/payload.ts";
import { createTooLarge } from "../src/delivery/tooLarge.ts";
import { parseJson } from "../src/http/parseJson.ts";
import { announcementOf, type Declared, readNewMessage } from "../src/messages/message.ts";
import { type Platform, platformEntries, platforms } from "../src/platforms/platforms.ts";
import { providersOf, readSettings } from "../src/settings/settings.ts";
import { messageTables } from "../src/storedTables.ts";
import { readUrl } from "./functionsUrl.ts";
import { fail, readSettingsByName } from "./operatorSettings.ts";

const usage = `npm run send -- (--user ID | --topic NAME | --everyone) --title TITLE --text TEXT [options]

Sends a message to the devices of a user (such as facebook:123), of a topic, or to all devices, and waits until the hub has it:
against the local stack that runs in this folder, or a deployment.

  --data NAME=VALUE     data for the app; repeatable
  --image URL           the https address of an image
  --link URL            where a tap leads: an https address, or one with the app's own scheme
  --badge N             the number on the app's icon; 0 removes it
  --sound NAME          default, none, or a file in the app, such as chime.caf
  --group NAME          a device shows together what has the same
  --replaces KEY        a later message with the same key replaces this one
  --category NAME       actions that the app has declared
  --expires SECONDS     how long it is kept for a device that is away; 0 tries once
  --urgency LEVEL       high or normal
  --silent              wakes the app and shows nothing; without --title and --text
  --platforms JSON      what single platforms get besides, such as '{"apns":{"aps":{"interruption-level":"passive"}}}'
  --id ID               the message's id, with which it is sent once, however often this is repeated
  --url URL             the address of a deployment's functions. Its function key is read from the variable SEND_KEY
  --dry-run             sends nothing, and prints the payload of each platform, with its size`;

const {
  url,
  "dry-run": isDryRun,
  ...given
} = readOptions(usage, {
  user: { type: "string" },
  topic: { type: "string" },
  everyone: { type: "boolean", default: false },
  title: { type: "string" },
  text: { type: "string" },
  data: { type: "string", multiple: true, default: [] },
  image: { type: "string" },
  link: { type: "string" },
  badge: { type: "string" },
  sound: { type: "string" },
  group: { type: "string" },
  replaces: { type: "string" },
  category: { type: "string" },
  expires: { type: "string" },
  urgency: { type: "string" },
  silent: { type: "boolean" },
  platforms: { type: "string" },
  id: { type: "string" },
  url: { type: "string" },
  "dry-run": { type: "boolean", default: false },
});

const audiences = [
  ...(given.user === undefined ? [] : [{ user: given.user }]),
  ...(given.topic === undefined ? [] : [{ topic: given.topic }]),
  ...(given.everyone ? [{ everyone: true }] : []),
];
const [to, ...others] = audiences;
if (to === undefined || others.length > 0) refuse("Give --user, --topic or --everyone.", usage);
if (!given.silent && (given.title === undefined || given.text === undefined))
  refuse("Give --title and --text, or --silent.", usage);
const data = Object.fromEntries(
  given.data.map((pair) => {
    const at = pair.indexOf("=");
    if (at < 1) refuse("--data must be NAME=VALUE.", usage);
    return [pair.slice(0, at), pair.slice(at + 1)];
  }),
);

/** Returns a number; what is none, the app refuses with its own words. */
function numberIn(text: string | undefined): number | string | undefined {
  return text !== undefined && /^-?\d+(?:\.\d+)?$/.test(text) ? Number(text) : text;
}

const patches = given.platforms === undefined ? undefined : parseJson(given.platforms);
if (given.platforms !== undefined && patches === undefined) {
  refuse("--platforms must be JSON.", usage);
}
const { user: _user, topic: _topic, everyone: _everyone, expires, ...members } = given;
/** Members that are not given are left out of its JSON. */
const body = {
  ...members,
  to,
  data,
  badge: numberIn(given.badge),
  expiresInSeconds: numberIn(expires),
  platforms: patches,
};

// Not an option: npm would show it on the screen and keep it in its log.
const key = (process.env["SEND_KEY"] ?? "").trim();
// The error of a call would quote it.
if (!/^[\x21-\x7e]*$/.test(key)) {
  refuse("SEND_KEY has a space, a line break or a quote.", usage);
}

/** How long a message may be under way until this program goes without its result, in milliseconds. */
const longestWait = 60_000;

const accepted = v.object({ id: v.string() });
const problem = v.object({ detail: v.string() });
const message = v.object({ state: v.string(), reason: v.optional(v.string()) });

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function call(functions: string, path: string, init: RequestInit = {}) {
  const headers = {
    "Content-Type": "application/json",
    ...(key !== "" && { "x-functions-key": key }),
  };
  // Long, because an idle app has to start first.
  const signal = AbortSignal.timeout(longestWait);
  try {
    const response = await fetch(`${functions}${path}`, { ...init, headers, signal });
    return { status: response.status, body: parseJson(await response.text()) };
  } catch (error) {
    const cause = error instanceof Error ? (error.cause ?? error) : error;
    const why = cause instanceof Error ? cause.message : cause;
    throw new Error(`${functions} is unreachable (${why}). Check the URL.`);
  }
}

/** Returns what an answer says is wrong, as sentences. */
function refusal({ status, body }: { readonly status: number; readonly body: unknown }): string {
  const read = v.safeParse(problem, body);
  if (read.success) return `It is not sent (${status}). ${read.output.detail}`;
  const why =
    status === 401 ? "Set the variable SEND_KEY to a function key of the app." : "Check the URL.";
  return `It is not sent (${status}). ${why}`;
}

async function send(functions: string): Promise<void> {
  const posted = await call(functions, "/api/notifications", {
    method: "POST",
    body: JSON.stringify(body),
  });
  const read = v.safeParse(accepted, posted.body);
  if (posted.status !== 202 || !read.success) throw new Error(refusal(posted));
  const { id } = read.output;
  say(`${functions} has accepted the message ${id}.`);
  const path = `/api/notifications/${encodeURIComponent(id)}`;
  for (const end = performance.now() + longestWait; performance.now() < end; await wait(200)) {
    const { state, reason } = v.parse(message, (await call(functions, path)).body);
    if (state === "done")
      return say("The hub has it. Whether a device received it, the platforms know.");
    if (state === "givenUp") throw new Error(`It was given up. ${reason ?? ""}`);
  }
  say(`It is still under way, for a day at most. To ask again: GET ${path}`);
}

interface App {
  readonly declared: Declared;
  readonly platforms: readonly Platform[];
  readonly payload: PayloadTerms;
}

/** Returns what the app's settings say of messages, or what holds without them: those of a deployment are not here. */
async function readApp(): Promise<App> {
  if (url === undefined) {
    const { topics, signIn, payload, platforms } = readSettings(await readSettingsByName());
    const declared = { topics, providers: providersOf(signIn) };
    return { declared, platforms, payload: { settings: payload, messageTables } };
  }
  process.stderr.write(
    "Without the settings of the deployment (Push__…), which can change payloads.\n",
  );
  const topics = given.topic === undefined ? [] : [given.topic];
  const declared = { topics, providers: undefined };
  return { declared, platforms, payload: { settings: {}, messageTables } };
}

/** Prints the payload of each platform. */
async function show(): Promise<void> {
  const app = await readApp();
  const tooLarge = createTooLarge(app.platforms, app.payload);
  const reading = readNewMessage(body, app.declared, tooLarge);
  if (reading.kind === "problem") throw new Error(reading.problem.detail);
  const announcement = announcementOf(reading.message);
  const now = Date.now();
  for (const platform of app.platforms) {
    const times = { createdAt: now, now };
    const { notification, besides } = payloadsFor(platform, announcement, app.payload, times);
    const { largest } = platformEntries[platform];
    for (const { headers, body: sent } of besides ? [notification, besides] : [notification]) {
      say(`${platform}: ${Buffer.byteLength(sent)} bytes of at most ${largest}`);
      for (const [name, value] of Object.entries(headers)) say(`  ${name}: ${value}`);
      say(`  ${sent}`);
    }
  }
  say("Nothing is sent.");
}

/** Returns where the functions of the local stack are. */
async function findFunctions(): Promise<string> {
  const stack = await findStack(process.cwd());
  if (stack?.functions !== undefined) return stack.functions;
  throw new Error(
    "No functions run in this folder. Start them (npm run local), or give --url, and the function key in SEND_KEY.",
  );
}

try {
  if (isDryRun) await show();
  else await send(url === undefined ? await findFunctions() : readUrl(url, usage));
} catch (error) {
  fail(error);
}
