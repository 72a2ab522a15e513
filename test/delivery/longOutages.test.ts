import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, expect, test } from "vitest";
import { deliveries, insert, iPhone, register, setFaults, signIn } from "../support/client.ts";
import { count } from "../support/counts.ts";
import { startTestHost } from "../support/hosts.ts";
import { queueLength } from "../support/queues.ts";
import { type StorageProxies, startStorageProxies } from "../support/storageProxies.ts";
import { useTestStack } from "../support/testStack.ts";
import { until } from "../support/until.ts";

let proxies: StorageProxies;
const stack = useTestStack(async (storage) => {
  proxies = await startStorageProxies(storage);
  return {};
}, false);
afterAll(() => proxies.stop());
afterEach(() => setFaults(stack()));

const root = join(import.meta.dirname, "../..");

/** Makes a copy of the built app whose host has little patience: it shows a message that failed at once. */
async function impatientApp(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "app-"));
  for (const file of ["dist/app", "package.json"])
    await cp(join(root, file), join(folder, file), { recursive: true });
  const hostJson = JSON.parse(await readFile(join(root, "host.json"), "utf8"));
  const queues = { maxDequeueCount: 60, visibilityTimeout: "00:00:00", maxPollingInterval: 100 };
  hostJson.extensions.queues = queues;
  await writeFile(join(folder, "host.json"), JSON.stringify(hostJson));
  return folder;
}

test("a table that is away for longer than the host's patience costs no notification", async () => {
  const appDirectory = await impatientApp();
  const settings = { AzureWebJobsStorage: proxies.connectionString };
  let host = await startTestHost(stack(), { appDirectory, settings });
  const token = await signIn(stack(), "alice");
  const phone = iPhone();
  await register(host.stack, token, phone);

  // The items are stored while the hub is down, so that redelivery has to read their rows.
  await setFaults(stack(), { match: { path: "/messages" }, status: 503 });
  const texts = Array.from({ length: count(5, 40) }, (_, index) => `item ${index}.`);
  for (const text of texts) {
    expect(await insert(host.stack, token, { text })).toMatchObject({ status: 201 });
  }
  await until("an open breaker", () => host.stack.log().includes('"outcome":"circuit-open"'));
  await host.stop();
  // Its breakers are closed, so that it looks at every intent.
  host = await startTestHost(stack(), { appDirectory, settings });
  proxies.tables.interfere = ({ method }) => (method === "GET" ? { kind: "reset" } : undefined);
  await setFaults(stack());
  const postponed = () => host.stack.log().match(/"outcome":"postponed"/g)?.length ?? 0;
  // A host that saw an exception each time would have given the messages up long before.
  await until("every intent postponed three times", () => postponed() >= 3 * texts.length);
  expect(await queueLength(stack(), "notifications-poison")).toBe(0);
  proxies.tables.interfere = undefined;

  await until("an empty queue", async () => (await queueLength(stack(), "notifications")) === 0);
  // Nothing was given up. If something was, the log says why.
  expect(host.stack.log().match(/"outcome":"(?:dropped|expired|poisoned)".*/g)).toBeNull();
  expect(await queueLength(stack(), "notifications-poison"), host.stack.log()).toBe(0);
  // The hub delivers behind its answer.
  const shown = async () =>
    (await deliveries(stack(), phone.handle)).map(({ body }) => JSON.parse(body).aps.alert);
  await until("every item shown", async () => (await shown()).length >= texts.length);
  expect((await shown()).toSorted()).toEqual(texts.toSorted());
  await host.stop();
  await rm(appDirectory, { recursive: true, force: true });
});

test("a redelivery that hangs for longer than half of the hold loses no notification", async () => {
  const appDirectory = await impatientApp();
  const host = await startTestHost(stack(), { appDirectory, queueHold: 5 });
  const token = await signIn(stack(), "bob");
  const phone = iPhone();
  await register(host.stack, token, phone);
  await setFaults(stack(), { match: { path: "/messages" }, hang: true });
  const texts = Array.from({ length: count(2, 100) }, (_, index) => `hung ${index}.`);
  for (const text of texts) {
    expect(await insert(host.stack, token, { text })).toMatchObject({ status: 201 });
  }
  // Its sends have ten seconds each, so that the host renews the message meanwhile.
  await until("a stale receipt", () => host.stack.log().includes("another receipt by now"));
  await setFaults(stack());

  await until("an empty queue", async () => (await queueLength(stack(), "notifications")) === 0);
  const shown = await deliveries(stack(), phone.handle);
  expect(new Set(shown.map(({ body }) => JSON.parse(body).aps.alert))).toEqual(new Set(texts));
  expect(await queueLength(stack(), "notifications-poison")).toBe(0);
  await host.stop();
  await rm(appDirectory, { recursive: true, force: true });
});
