import { execFile } from "node:child_process";
import { createServer } from "node:http";
import { join } from "node:path";
import * as v from "valibot";
import { afterEach, expect, test } from "vitest";
import {
  type CauseName,
  causeOfOutcome,
  causes,
  firstCause,
  noCause,
} from "../../diagnosis/cause.ts";
import { listen } from "../../local/listen.ts";
import { settingsFor } from "../../local/stack.ts";
import { look, verdictOf, whereLogged } from "../../ops/why/look.ts";
import type { Step } from "../../ops/why/step.ts";
import { messageOf, newIntent } from "../../src/delivery/intent.ts";
import { isUserId } from "../../src/user.ts";
import {
  androidPhone,
  insert,
  iPhone,
  register,
  sendMessage,
  setFaults,
  settled,
  signIn,
  type TestDevice,
  windowsDevice,
} from "../support/client.ts";
import { closedPort } from "../support/closedPort.ts";
import { putMessage, queueLength } from "../support/queues.ts";
import { itemRows } from "../support/rows.ts";
import { useTestStack } from "../support/testStack.ts";
import { partitionOf, tableOf } from "../support/todoItems.ts";
import { until } from "../support/until.ts";

const root = join(import.meta.dirname, "../..");
const stack = useTestStack(async () => ({ Delivery__retrySeconds: "1" }));
afterEach(() => setFaults(stack()));

const answer = v.object({
  verdict: v.object({ cause: v.string(), sentence: v.string(), remedy: v.string() }),
  steps: v.array(
    v.object({ at: v.string(), says: v.array(v.string()), causes: v.array(v.string()) }),
  ),
});

interface Run {
  readonly code: number | null;
  readonly said: string;
}

function run(args: readonly string[], env: Record<string, string | undefined> = {}): Promise<Run> {
  return new Promise((resolve) => {
    const all = ["ops/why.ts", ...args];
    const options = {
      cwd: root,
      env: { ...process.env, ...settingsFor(stack().addresses), ...env },
    };
    const child = execFile(process.execPath, all, options, (_, stdout, stderr) =>
      resolve({ code: child.exitCode, said: stdout + stderr }),
    );
  });
}

const handles: string[] = [];

/** Signs a user in with devices, and returns the token. */
async function someone(user: string, ...devices: TestDevice[]): Promise<string> {
  const token = await signIn(stack(), user);
  for (const device of devices) {
    expect(await register(stack(), token, device)).toMatchObject({ status: 200 });
    handles.push(device.handle, device.installationId);
  }
  return token;
}

/** Asks why in this process, and expects this cause first and no secret. */
async function expectCause(
  cause: CauseName | "none",
  args: readonly string[],
  env: Record<string, string | undefined> = {},
): Promise<{ readonly steps: readonly Step[] }> {
  const given = (option: string) =>
    args.includes(option) ? args[args.indexOf(option) + 1] : undefined;
  const user = given("--user");
  const item = given("--item");
  const question = {
    user: isUserId(user) ? user : ("local:" as const),
    item: item === undefined ? undefined : { table: "TodoItem", id: item },
    message: given("--message"),
    isTestSent: args.includes("--send-test"),
  };
  const steps = await look({ ...settingsFor(stack().addresses), ...env }, question, () => {});
  const verdict = verdictOf(steps);
  const said = JSON.stringify({ verdict, steps });
  expect([args, verdict.cause, said]).toEqual([args, cause, said]);
  expect(verdict).toMatchObject(cause === "none" ? noCause : causes[cause]);
  expectNoSecret(said);
  return { steps };
}

function expectNoSecret(said: string): void {
  const { hub, storage } = stack().addresses;
  const keys = [hub.connectionString, storage].flatMap(
    (text) => /Key=([^;]+)/.exec(text)?.[1] ?? [],
  );
  expect(keys).toHaveLength(2);
  for (const secret of [...handles, ...keys, "a secret text"]) expect(said).not.toContain(secret);
}

/** Changes a simulated device. */
async function setDevice(handle: string, state: object): Promise<void> {
  const url = `${stack().addresses.hub.url}/_emulator/devices/${encodeURIComponent(handle)}`;
  const response = await fetch(url, { method: "PUT", body: JSON.stringify(state) });
  expect(response.status).toBe(200);
}

test("nothing is wrong: says so, and what it looked at", async () => {
  const token = await someone("fine", iPhone(), androidPhone());
  await insert(stack(), token, { id: "fine", text: "a secret text" });
  await settled(stack());
  const found = await expectCause("none", [
    "--user",
    "local:fine",
    "--item",
    "fine",
    "--send-test",
  ]);
  expect(found.steps.map(({ at }) => at)).toEqual([
    "settings",
    "storage",
    "hub",
    "devices",
    "item",
    "queue",
    "log",
    expect.stringMatching(/^test send to /),
    expect.stringMatching(/^test send to /),
  ]);
  const said = found.steps.flatMap(({ says }) => says).join(" ");
  expect(said).toContain("2 registered.");
  expect(said).toMatch(/Its intent is [0-9a-f-]{36}\./);
  expect(said).toContain('npm run local -- --verbose prints the lines that name "fine".');
  const azure =
    "Endpoint=sb://n.servicebus.windows.net/;SharedAccessKeyName=n;SharedAccessKey=a2V5";
  expect(whereLogged("fine", azure)).toContain(`AppTraces | where Message contains '"fine"'`);

  const { said: json } = await run(["--user", "local:fine", "--item", "fine", "--json"]);
  expect(v.parse(answer, JSON.parse(json)).verdict.cause).toBe("none");
  const { code, said: text } = await run(["--user", "local:fine", "--item", "fine"]);
  expect(code).toBe(0);
  expectNoSecret(json + text);
  expect(text.split("\n").slice(0, 4)).toEqual([
    noCause.sentence,
    `What to do: ${noCause.remedy}`,
    "",
    "ok settings",
  ]);
});

test("no device", async () => {
  const token = await someone("lonely");
  await insert(stack(), token, { id: "unheard", text: "a secret text" });
  await settled(stack());
  const args = ["--user", "local:lonely", "--item", "unheard"];
  await expectCause("noDevice", args);
  expect(await run(args)).toMatchObject({ code: 1 });
});

test("a provider that the app does not have is said to be that", async () => {
  const found = await expectCause("noProvider", ["--user", "google:alice", "--item", "fine"]);
  expect(JSON.stringify(found)).toContain("The providers are local.");
  expect(await run(["--user", "google:alice"])).toMatchObject({ code: 1 });
  // App Service Authentication alone knows its providers.
  const platform = { WEBSITE_AUTH_ENABLED: "True", WEBSITE_HOSTNAME: "app.example" };
  const noIssuer = { Auth__local__issuer: undefined, Auth__local__audience: undefined };
  await expectCause("noDevice", ["--user", "google:alice"], { ...platform, ...noIssuer });
});

test("another user's item, and an item that does not exist", async () => {
  const token = await someone("owner", iPhone());
  await someone("reader", iPhone());
  await insert(stack(), token, { id: "owners", text: "a secret text" });
  await settled(stack());
  await expectCause("itemOfAnother", ["--user", "local:reader", "--item", "owners"]);
  await expectCause("itemAbsent", ["--user", "local:reader", "--item", "none"]);
  // For everybody, an item is gone from the beginning of its deletion on.
  const entity = { partitionKey: partitionOf("owner"), rowKey: "owners", isDeleted: true };
  await tableOf(stack().addresses.storage).updateEntity(entity, "Merge");
  await expectCause("itemAbsent", ["--user", "local:owner", "--item", "owners"]);
});

test("a platform that is off", async () => {
  const token = await someone("apple", iPhone());
  await insert(stack(), token, { id: "off", text: "a secret text" });
  await settled(stack());
  const env = { Push__platforms: "wns,fcmv1" };
  await expectCause("platformOff", ["--user", "local:apple", "--item", "off"], env);
});

test("a hub that is down, one that refuses the credentials, and what waits meanwhile", async () => {
  const token = await someone("patient", iPhone());
  const args = ["--user", "local:patient", "--item", "waits"];
  await setFaults(stack(), { match: { path: "/messages" }, status: 503 });
  await insert(stack(), token, { id: "waits", text: "a secret text" });
  await expectCause("waits", args);
  await setFaults(stack(), { status: 503 });
  await expectCause("hubDown", args);
  await setFaults(stack(), { reset: "before" });
  await expectCause("hubDown", args);
  await setFaults(stack(), { status: 401 });
  await expectCause("hubRefuses", args);
  await setFaults(stack());
  await settled(stack());
  const wrongName = { NotificationHub__name: "another" };
  await expectCause("hubRefuses", args, wrongName);
});

test("a payload that the hub refused, and a notification that was given up", async () => {
  const token = await someone("poisoned", windowsDevice());
  await setFaults(stack(), { match: { platform: "windows" }, status: 400 });
  await insert(stack(), token, { id: "refused", text: "a secret text" });
  await settled(stack());
  await setFaults(stack());
  const user = ["--user", "local:poisoned"];
  const found = await expectCause("payloadRefused", [...user, "--item", "refused"]);
  expect(JSON.stringify(found)).toContain("on the poison queue: refused by the hub (for wns).");

  await insert(stack(), token, { id: "expired", text: "a secret text" });
  await settled(stack());
  const row = (await itemRows(stack())).find(({ rowKey }) => rowKey === "expired");
  const partition = row?.partitionKey ?? "";
  const announcement = {
    audience: { kind: "user", digest: partition } as const,
    source: { table: "TodoItem", partition, rowId: "expired" },
    title: "t",
    text: "a secret text",
    data: {},
  };
  const intent = newIntent(announcement, ["wns"], Date.now() - 25 * 60 * 60 * 1_000);
  const old = messageOf({ ...intent, intentId: row?.intentId ?? "" });
  const before = await queueLength(stack(), "notifications-poison");
  await putMessage(stack(), "notifications", old);
  await until("it on the poison queue", async () => {
    return (await queueLength(stack(), "notifications-poison")) > before;
  });
  await settled(stack());
  await expectCause("poisoned", [...user, "--item", "expired"]);
});

test("by a test send: an expired handle, and one of the other environment", async () => {
  const [old, sandbox] = [androidPhone(), iPhone()];
  await someone("expired", old);
  await setDevice(old.handle, { state: "expired" });
  await expectCause("handleExpired", ["--user", "local:expired", "--send-test"]);
  await someone("sandboxed", sandbox);
  await setDevice(sandbox.handle, { environment: "sandbox" });
  await expectCause("none", ["--user", "local:sandboxed"]);
  await expectCause("wrongEnvironment", ["--user", "local:sandboxed", "--send-test"]);
});

test("a message: absent, for others, given up, and sent", async () => {
  const reader = iPhone();
  const wanting = { ...reader, body: { ...reader.body, topics: ["world"] } };
  await someone("subscriber", wanting);
  await settled(stack());
  const user = ["--user", "local:subscriber"];
  const news = { title: "t", text: "a secret text" };
  await sendMessage(stack(), { ...news, id: "sports", to: { topic: "sports" } });
  await sendMessage(stack(), { ...news, id: "world", to: { topic: "world" } });
  await settled(stack());
  await setFaults(stack(), { match: { platform: "apple" }, status: 413 });
  await sendMessage(stack(), { ...news, id: "large", to: { user: "local:subscriber" } });
  await settled(stack());
  await setFaults(stack());
  await expectCause("messageAbsent", [...user, "--message", "none"]);
  await expectCause("otherAudience", [...user, "--message", "sports"]);
  await expectCause("payloadRefused", [...user, "--message", "large"]);
  const found = await expectCause("none", [...user, "--message", "world"]);
  const said = found.steps.flatMap(({ at, says }) => [at, ...says]).join(" ");
  expect(said).toContain("for the topic world.");
  expect(said).toContain("hub's outcome on apns Completed, Success: 1.");
});

test("wrong settings and storage that is away or refuses", async () => {
  const user = ["--user", "local:alice", "--item", "x"];
  const found = await expectCause("settings", user, {
    Push__platforms: "fax",
    NotificationHub__name: "",
  });
  expect(JSON.stringify(found)).toMatch(
    /NotificationHub__name is missing.*Push__platforms must be/,
  );
  const nowhere = await closedPort();
  const away = `DefaultEndpointsProtocol=http;AccountName=a;AccountKey=a2V5;TableEndpoint=${nowhere}/a;QueueEndpoint=${nowhere}/a`;
  await expectCause("storageDown", user, { AzureWebJobsStorage: away });
  const otherKey = stack().addresses.storage.replace(/AccountKey=[^;]+/, "AccountKey=d3Jvbmc=");
  await expectCause("storageRefuses", user, { AzureWebJobsStorage: otherKey });
});

test("what became of it on platforms that the user does not have is no cause", async () => {
  const token = await someone("android", androidPhone());
  await settled(stack());
  await setFaults(stack(), { match: { platform: "windows" }, status: 400 });
  await insert(stack(), token, { id: "elsewhere", text: "a secret text" });
  const news = { title: "t", text: "a secret text" };
  await sendMessage(stack(), { ...news, id: "elsewhere", to: { user: "local:android" } });
  await settled(stack());
  await setFaults(stack());
  await expectCause("none", ["--user", "local:android", "--item", "elsewhere"]);
  await expectCause("none", ["--user", "local:android", "--message", "elsewhere"]);
  await expectCause("noDevice", ["--user", "local:nothing", "--message", "world"]);
});

test("one of two platforms that is off, and a hub that asks to wait", async () => {
  await someone("both", androidPhone(), iPhone());
  const user = ["--user", "local:both"];
  const found = await expectCause("platformOff", user, { Push__platforms: "apns" });
  expect(JSON.stringify(found)).toContain("Not to fcmv1.");
  await setFaults(stack(), { status: 403, retryAfter: 5 });
  await expectCause("hubDown", user);
});

test("storage that never answers, and an account that does not exist", async () => {
  const silent = createServer(() => {});
  const url = await listen(silent, 0);
  const away = `DefaultEndpointsProtocol=http;AccountName=a;AccountKey=a2V5;TableEndpoint=${url}/a;QueueEndpoint=${url}/a`;
  const user = ["--user", "local:alice", "--item", "x"];
  await expectCause("storageDown", user, { AzureWebJobsStorage: away });
  silent.closeAllConnections();
  silent.close();
  const { storage } = stack().addresses;
  const [, account = ""] = /AccountName=([^;]+)/.exec(storage) ?? [];
  const other = storage.replaceAll(account, "other");
  await expectCause("storageRefuses", user, { AzureWebJobsStorage: other });
});

test("two at once: the other one is said to look too, and what was held is shown again", async () => {
  const poisoned = await queueLength(stack(), "notifications-poison");
  expect(poisoned).toBeGreaterThan(0);
  const runs = await Promise.all([1, 2].map(() => run(["--user", "local:fine", "--json"])));
  for (const { said } of runs) {
    expect(said).toMatch(new RegExp(`${poisoned} on the poison queue|Another program looks at`));
  }
  const { said } = await run(["--user", "local:fine", "--json"]);
  expect(said).toContain(`${poisoned} on the poison queue`);
});

test("says what is wrong with its options", async () => {
  for (const [args, sentence] of [
    [[], "--user must be a user's id, such as facebook:123."],
    [["--user", "alice"], "--user must be a user's id"],
    [["--user", "local:a", "--item", "a b"], "--item must be 1 to 64 letters"],
    [["--user", "local:a", "--item", "a", "--message", "b"], "Give --item or --message."],
    [["--user", "local:a", "--itme", "a"], "Unknown option '--itme'"],
  ] as const) {
    const { code, said } = await run(args);
    expect([code, said]).toEqual([2, expect.stringContaining(sentence)]);
  }
});

test("an earlier cause hides the later ones, and outcomes have their causes", () => {
  expect(firstCause([])).toBeUndefined();
  expect(firstCause(["waits", "hubDown", "noDevice"])).toBe("hubDown");
  for (const [outcome, cause] of [
    ["Success", undefined],
    ["The Notification was successfully sent to the Push Notification System", undefined],
    ["The Push Notification System handle for the registration is expired", "handleExpired"],
    ["ExpiredChannel", "handleExpired"],
    ["WrongToken", "wrongEnvironment"],
    ["The Push Notification System handle for the registration is invalid", "wrongEnvironment"],
    ["The Token obtained from the Token Provider is wrong", "platformCredentials"],
    ["InvalidCredentials", "platformCredentials"],
    ["The credentials are expired", "platformCredentials"],
    ["NoTargets", undefined],
    ["InvalidNotificationSize", "payloadRefused"],
    ["PnsInterfaceError", "platformRefuses"],
  ] as const) {
    expect([outcome, causeOfOutcome(outcome)]).toEqual([outcome, cause]);
  }
});
