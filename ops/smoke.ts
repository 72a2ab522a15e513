import { randomBytes, randomUUID } from "node:crypto";
import { parseArgs } from "node:util";
import * as v from "valibot";
import { parseJson } from "../src/http/parseJson.ts";

const usage = `npm run smoke -- --url URL --token TOKEN

Does the main job against a deployment: registers three made-up devices, inserts an item, and cleans up.
URL is where the functions are. TOKEN is one that they accept, of a user of your own: the user's real
devices are notified of the item.`;

/** How long one call may take, in milliseconds: an app that was asleep starts first. */
const deadline = 60_000;

/** A handle that no device has. */
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

/** What is wrong with the deployment, in a sentence for the operator. */
class DeploymentFault extends Error {}

interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly took: number;
}

const { values } = parseArgs({
  options: {
    url: { type: "string" },
    token: { type: "string" },
    help: { type: "boolean", default: false },
  },
});

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function createCall(url: string, token: string) {
  return async (
    method: string,
    path: string,
    { body, headers = {} }: { body?: object; headers?: Record<string, string> } = {},
  ): Promise<Answer> => {
    const began = performance.now();
    try {
      const response = await fetch(`${url.replace(/\/+$/, "")}${path}`, {
        method,
        headers: {
          ...(path !== "/api/health" && { "x-zumo-auth": token }),
          ...(body && { "content-type": "application/json" }),
          ...headers,
        },
        ...(body && { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(deadline),
      });
      const text = await response.text();
      const took = Math.round(performance.now() - began);
      return { status: response.status, body: parseJson(text), took };
    } catch (error) {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
      throw new DeploymentFault(
        `Nothing answers at ${url}: ${cause instanceof Error ? cause.message : cause}`,
      );
    }
  };
}

/** @throws a DeploymentFault that says what an answer other than the expected one means */
function expectStatus(what: string, expected: number, { status, body, took }: Answer): void {
  if (status === expected) {
    say(`${what}: ${status}, ${took} ms`);
    return;
  }
  const detail = v.is(problem, body) ? ` ${body.detail}` : "";
  const meaning: Readonly<Record<number, string>> = {
    401: "The token is not accepted.",
    404: "There is no such function here: is it the right URL, and is the app published?",
    502: "The hub refuses the app's credentials.",
    503: "What the app needs is out of reach: the hub, storage or the issuer's keys.",
  };
  throw new DeploymentFault(
    `${what}: ${status}, not ${expected}.${detail} ${meaning[status] ?? ""}`.trim(),
  );
}

async function smoke(url: string, token: string): Promise<void> {
  const call = createCall(url, token);
  const answer = await call("GET", "/api/health");
  if (answer.status !== 200 || !v.is(health, answer.body)) {
    throw new DeploymentFault(
      `${url} answers ${answer.status} to /api/health, and not as notify-users does: is it the right URL, ` +
        "and did the app start? Its log names the settings that are not right.",
    );
  }
  say(`The app runs: version ${answer.body.version}, ${answer.took} ms`);

  const registered: string[] = [];
  let itemId: string | undefined;
  try {
    for (const { body, installationId } of devices) {
      const headers = { "x-zumo-installation-id": installationId };
      registered.push(installationId);
      expectStatus(
        `Registering a made-up device (${body.platform})`,
        200,
        await call("POST", "/api/register_notifications", { body, headers }),
      );
    }
    const text = "notify-users: a smoke test";
    const inserted = await call("POST", "/tables/TodoItem", { body: { text } });
    expectStatus("Inserting an item", 201, inserted);
    itemId = v.parse(created, inserted.body).id;
    say(`The item is ${itemId}: what became of its notifications stands in the log under this id.`);
  } finally {
    await cleanUp(call, registered, itemId);
  }
}

/** Removes what was made, as far as that can be done. */
async function cleanUp(
  call: ReturnType<typeof createCall>,
  registered: readonly string[],
  itemId: string | undefined,
): Promise<void> {
  const left: string[] = [];
  const remove = async (what: string, path: string, headers: Record<string, string>) => {
    const status = await call("DELETE", path, { headers }).then(
      (answer) => answer.status,
      () => "no answer",
    );
    // Who is not let in has made nothing.
    if (status !== 204 && status !== 401) left.push(`${what} (${status})`);
  };
  for (const installationId of registered) {
    const headers = { "x-zumo-installation-id": installationId };
    await remove("a made-up device", "/api/register_notifications", headers);
  }
  if (itemId !== undefined) await remove(`item ${itemId}`, `/tables/TodoItem/${itemId}`, {});
  say(left.length === 0 ? "Nothing of it is left." : `Could not be removed: ${left.join(", ")}.`);
}

if (values.help || !values.url || !values.token || !URL.canParse(values.url)) {
  process.stdout.write(`${usage}\n`);
  process.exitCode = values.help ? 0 : 1;
} else {
  try {
    await smoke(values.url, values.token);
    say("The main job works.");
  } catch (error) {
    process.stderr.write(`${error instanceof DeploymentFault ? error.message : error}\n`);
    process.exitCode = 1;
  }
}
