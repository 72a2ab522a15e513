import { randomBytes, randomUUID } from "node:crypto";
import { text } from "node:stream/consumers";
import { setTimeout as wait } from "node:timers/promises";
import * as v from "valibot";
import { readOptions, refuse } from "../cli/options.ts";
import { parseJson } from "../src/http/parseJson.ts";
import { tables } from "../src/tables.ts";
import { readUrl } from "./functionsUrl.ts";

const usage = `npm run -s smoke -- --url URL [--user ID]

Runs the main job against a deployment: registers three made-up devices, subscribes them to the first topic if there is
one, inserts an item, and cleans up. URL is the address of the functions. Reads a token that they accept from the variable
SMOKE_TOKEN or from standard input. It must be of one of your own users: the user's real devices are notified of the item.

If the variable SMOKE_KEY has a function key, asks for a message with it, and with --user sends one to that user (such as
google:123), whose real devices are notified.`;

/** The deadline of one call, in milliseconds: long, because an idle app has to start first. */
const deadline = 60_000;

/** Three devices with random handles, which belong to no real device. */
const devices = [
  {
    platform: "wns",
    channelUri: `https://smoke.notify.windows.com/?token=${randomBytes(24).toString("hex")}`,
  },
  { platform: "apns", deviceToken: randomBytes(32).toString("hex") },
  { platform: "fcmv1", registrationToken: `smoke:${randomBytes(32).toString("base64url")}` },
].map((body) => ({ body, installationId: `smoke-${randomUUID()}` }));

const problem = v.object({ detail: v.string() });
const health = v.object({ status: v.literal("ok"), version: v.string() });
const created = v.object({ id: v.string() });
const declared = v.object({ topics: v.array(v.string()) });
const messageState = v.object({ state: v.string(), reason: v.optional(v.string()) });

/** How long a message may be under way, in milliseconds: the hub has 1.5 s, and then the queue's trigger tries. */
const messageDeadline = 60_000;

/** A problem with the deployment, described for the operator. */
class DeploymentFault extends Error {}

interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly took: number;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function createCall(url: string, token: string) {
  return async (
    method: string,
    path: string,
    { body: sent, headers = {} }: { body?: object; headers?: Record<string, string> } = {},
  ): Promise<Answer> => {
    const began = performance.now();
    try {
      const response = await fetch(`${url.replace(/\/+$/, "")}${path}`, {
        method,
        headers: {
          ...(path !== "/api/health" &&
            !("x-functions-key" in headers) && { "x-zumo-auth": token }),
          ...(sent && { "content-type": "application/json" }),
          ...headers,
        },
        ...(sent && { body: JSON.stringify(sent) }),
        signal: AbortSignal.timeout(deadline),
      });
      const body = parseJson(await response.text());
      const took = Math.round(performance.now() - began);
      return { status: response.status, body, took };
    } catch (error) {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
      throw new DeploymentFault(
        `${url} is unreachable (${cause instanceof Error ? cause.message : cause}). Check the URL.`,
      );
    }
  };
}

/** Prints a step that returned the expected status. @throws a DeploymentFault that explains any other status */
function expectStatus(what: string, expected: number, { status, body, took }: Answer): void {
  if (status === expected) {
    say(`${what}: ${status}, ${took} ms`);
    return;
  }
  const detail = v.is(problem, body) ? ` ${body.detail}` : "";
  const meaning: Readonly<Record<number, string>> = {
    401: "The token is not accepted.",
    404: "The function does not exist. Check the URL, and whether the app is published.",
    502: "The hub refuses the app's credentials, or does not exist.",
    503: "The hub, storage or the issuer's keys are unreachable.",
  };
  throw new DeploymentFault(
    `${what}: ${status}, not ${expected}.${detail} ${meaning[status] ?? ""}`.trim(),
  );
}

/** The table of the main job: the first of the list. Its example is inserted, and deleted at the end. */
const [first] = tables;
const path = `/tables/${first?.name}`;

async function smoke(url: string, token: string, key: string, user?: string): Promise<void> {
  const call = createCall(url, token);
  const answer = await call("GET", "/api/health");
  if (answer.status !== 200 || !v.is(health, answer.body)) {
    throw new DeploymentFault(
      `${url} does not respond to /api/health as notify-users does (status ${answer.status}). ` +
        "Check the URL, and whether the app started. Its log names the settings that are wrong.",
    );
  }
  say(`The app runs: version ${answer.body.version}, ${answer.took} ms`);

  const registered: string[] = [];
  let itemId: string | undefined;
  try {
    const listed = await call("GET", "/api/topics");
    expectStatus("Listing the topics", 200, listed);
    const topics = v.parse(declared, listed.body).topics.slice(0, 1);
    for (const { body: device, installationId } of devices) {
      const body = { ...device, topics };
      const headers = { "x-zumo-installation-id": installationId };
      registered.push(installationId);
      expectStatus(
        `Registering a made-up device (${body.platform})`,
        200,
        await call("POST", "/api/register_notifications", { body, headers }),
      );
    }
    if (first === undefined) {
      say("There is no table, so that no item is inserted.");
    } else {
      const inserted = await call("POST", path, { body: first.example });
      expectStatus("Inserting an item", 201, inserted);
      itemId = v.parse(created, inserted.body).id;
      say(`The item's id is ${itemId}. The log reports its notifications under this id.`);
    }
    if (key !== "") await sendMessage(call, key, user);
  } finally {
    await cleanUp(call, registered, itemId);
  }
}

/** Asks for a message as a trusted backend, and sends one if there is a user to send it to. */
async function sendMessage(
  call: ReturnType<typeof createCall>,
  key: string,
  user: string | undefined,
): Promise<void> {
  const headers = { "x-functions-key": key };
  const id = `smoke-${randomUUID()}`;
  const address = `/api/notifications/${id}`;
  const asked = await call("GET", address, { headers });
  if (asked.status === 401) throw new DeploymentFault("The function key is not accepted.");
  expectStatus("Asking for a message that does not exist", 404, asked);
  if (user === undefined) return;
  const body = { id, to: { user }, title: "notify-users", text: "A smoke test" };
  const sent = await call("POST", "/api/notifications", { headers, body });
  expectStatus(`Sending a message to ${user}`, 202, sent);
  for (const end = Date.now() + messageDeadline; ; ) {
    const answer = await call("GET", address, { headers });
    const state = v.is(messageState, answer.body) ? answer.body : undefined;
    if (state?.state === "done") return say("The hub accepted the message.");
    if (state?.state === "givenUp") throw new DeploymentFault(`The message: ${state.reason}`);
    if (Date.now() > end) throw new DeploymentFault("The message still waits. See the log.");
    await wait(500);
  }
}

/** Removes the devices and the item, and reports what it could not remove. */
async function cleanUp(
  call: ReturnType<typeof createCall>,
  registered: readonly string[],
  itemId: string | undefined,
): Promise<void> {
  const left: string[] = [];
  const remove = async (what: string, path: string, headers: Record<string, string>) => {
    const status = await call("DELETE", path, { headers }).then(
      (answer) => answer.status,
      () => "no response",
    );
    // A caller whose token is refused has created nothing.
    if (status !== 204 && status !== 401) left.push(`${what} (${status})`);
  };
  for (const installationId of registered) {
    const headers = { "x-zumo-installation-id": installationId };
    await remove("a made-up device", "/api/register_notifications", headers);
  }
  if (itemId !== undefined) await remove(`item ${itemId}`, `${path}/${itemId}`, {});
  say(left.length === 0 ? "Nothing was left behind." : `Could not remove: ${left.join(", ")}.`);
}

const { url, user } = readOptions(usage, { url: { type: "string" }, user: { type: "string" } });
const key = (process.env["SMOKE_KEY"] ?? "").trim();
const functions = readUrl(url, usage);
if (user !== undefined && key === "") refuse("--user needs a function key in SMOKE_KEY.", usage);
if (!process.env["SMOKE_TOKEN"] && process.stdin.isTTY) {
  process.stderr.write("Paste a token, press Enter, and then Ctrl-D:\n");
}
// Not an option: npm would show it on the screen and keep it in its log.
const token = (process.env["SMOKE_TOKEN"] || (await text(process.stdin))).trim();
if (token === "") refuse("There is no token, neither in SMOKE_TOKEN nor on standard input.", usage);
for (const [what, value] of [
  ["The token", token],
  ["SMOKE_KEY", key],
] as const) {
  // The error of a call would quote it.
  if (!/^[\x21-\x7e]*$/.test(value)) refuse(`${what} has a space, a line break or a quote.`, usage);
}
try {
  await smoke(functions, token, key, user);
  say("The main job works.");
} catch (error) {
  process.stderr.write(`${error instanceof DeploymentFault ? error.message : error}\n`);
  process.exitCode = 1;
}
