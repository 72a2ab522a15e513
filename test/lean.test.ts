import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { deliveries, insert, iPhone, register, settled, signIn } from "./support/client.ts";
import { startTestHost, type TestHost } from "./support/hosts.ts";
import {
  type RecordedRequest,
  type RecordingProxy,
  startRecordingProxy,
} from "./support/recordingProxy.ts";
import { type StorageProxies, startStorageProxies } from "./support/storageProxies.ts";
import { useTestStack } from "./support/testStack.ts";

// What makes the app fast, as counts: a clock would fail on a busy machine.

const stack = useTestStack();
let storage: StorageProxies;
let hub: RecordingProxy;
let host: TestHost;

beforeAll(async () => {
  const { addresses } = stack();
  storage = await startStorageProxies(addresses.storage);
  hub = await startRecordingProxy();
  const { origin } = new URL(addresses.hub.url);
  hub.forwardTo(origin);
  host = await startTestHost(stack(), {
    settings: {
      AzureWebJobsStorage: storage.connectionString,
      NotificationHub__connectionString: addresses.hub.connectionString.replace(origin, hub.url),
    },
  });
});
afterAll(async () => {
  await host.stop();
  await Promise.all([storage.stop(), hub.stop()]);
});

/** Whether the host asks for messages of the queue. */
const isPoll = ({ method, url }: RecordedRequest) => method === "GET" && url.includes("/messages");

/** The requests of the app so far. */
function requests(): {
  queue: RecordedRequest[];
  table: RecordedRequest[];
  hub: RecordedRequest[];
} {
  return {
    queue: storage.queues.requests.filter((one) => !isPoll(one)),
    table: [...storage.tables.requests],
    hub: [...hub.requests],
  };
}

test("an insert makes six exchanges and logs one line; all sends share a signature and connections", async () => {
  const token = await signIn(host.stack, "alice");
  const phone = iPhone();
  await register(host.stack, token, phone);
  // The first insert creates the table and the queue, and opens the connections.
  expect(await insert(host.stack, token, { text: "first" })).toMatchObject({ status: 201 });
  await settled(stack());
  const before = requests();
  const connections = () => [
    storage.queues.connections(),
    storage.tables.connections(),
    hub.connections(),
  ];
  const opened = connections();
  const logged = host.stack.log().length;

  for (let index = 0; index < 10; index++) {
    expect(await insert(host.stack, token, { text: `item ${index}` })).toMatchObject({
      status: 201,
    });
  }

  await settled(stack());
  const after = requests();
  const made = {
    queue: after.queue.slice(before.queue.length).map(({ method }) => method),
    table: after.table.slice(before.table.length).map(({ method }) => method),
    hub: after.hub.slice(before.hub.length).map(({ method }) => method),
  };
  expect(made.queue.toSorted()).toEqual([...Array(10).fill("DELETE"), ...Array(10).fill("POST")]);
  expect(made.table).toEqual(Array(10).fill("POST"));
  expect(made.hub).toEqual(Array(30).fill("POST"));
  const sends = after.hub.filter(({ url }) => url.includes("/messages"));
  expect(sends).toHaveLength(33);
  expect(new Set(sends.map(({ headers }) => headers["authorization"])).size).toBe(1);
  // Inserts one after the other use the connections of the first. The queue's poll may have opened one more.
  expect(connections()[1]).toBe(opened[1]);
  expect(connections()[2]).toBe(opened[2]);
  expect(opened[2]).toBeLessThanOrEqual(3);
  expect(await deliveries(stack(), phone.handle)).toHaveLength(11);
  const lines = host.stack
    .log()
    .slice(logged)
    .match(/"outcome":"\w+".*/g);
  expect(lines).toHaveLength(10);
  for (const line of lines ?? []) {
    expect(line).toMatch(
      /^"outcome":"accepted","itemId":"[\w-]+","platforms":\["wns","apns","fcmv1"\],/,
    );
  }
});

test("no request asks for compression, which the SDKs read badly, or passes the idle policies", async () => {
  for (const { headers } of [...requests().queue, ...requests().table, ...requests().hub]) {
    expect(headers).not.toHaveProperty("accept-encoding");
    // A policy that was to be removed would add it: a version of the SDKs may have changed.
    expect(headers).not.toHaveProperty("user-agent");
  }
});

test("a start loads less than 300 kB; the SDKs, the identity library and the reader of key sets are other files", async () => {
  const app = join(import.meta.dirname, "../dist/app");
  const files = await readdir(app);
  const sizes = new Map(
    await Promise.all(
      files.map(async (name) => [name, (await stat(join(app, name))).size] as const),
    ),
  );
  expect(sizes.get("main.mjs")).toBeLessThan(300_000);
  const features = files.filter((name) => name.startsWith("features-"));
  expect(features).toHaveLength(1);
  expect(sizes.get(features[0] ?? "")).toBeLessThan(1_400_000);
  expect(files.filter((name) => name.startsWith("readKeySet-"))).toHaveLength(1);
});
