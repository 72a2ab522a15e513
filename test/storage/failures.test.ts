import { createServer } from "node:http";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { developmentKey } from "../../local/azurite.ts";
import { listen } from "../../local/listen.ts";
import { createAzureIntentOfRow } from "../../src/delivery/azureIntentOfRow.ts";
import { createAzureIntentQueue } from "../../src/delivery/azureIntentQueue.ts";
import { newIntent } from "../../src/delivery/intent.ts";
import { createAzureRowTable } from "../../src/rows/azureRowTable.ts";
import { createManagedIdentity } from "../../src/storage/managedIdentity.ts";
import { todoItem } from "../../src/tables/todoItem.ts";
import { storageClientsOf } from "../support/storageClients.ts";

let response = { status: 200, body: "", type: "" };
const server = createServer((request, answer) => {
  request.resume();
  answer.writeHead(response.status, { "content-type": response.type }).end(response.body);
});
let url = "";
beforeAll(async () => {
  url = await listen(server, 0);
});
afterAll(() => {
  server.close();
});

test.each([
  [404, "<html>", "text/html"],
  [404, "", "application/json"],
  [404, '{"odata.error":{"co', "application/json"],
  [400, "<html>Bad request</html>", "text/html"],
  [405, "", "text/plain"],
  [407, "", "text/plain"],
  [410, "gone", "text/plain"],
  [412, "", "application/json"],
  [413, "", "text/plain"],
  [418, "", "text/plain"],
  [421, "", "text/plain"],
  [451, "<Error><Code>", "application/xml"],
])(
  "a %i that storage did not write (%j) means that storage is unreachable",
  async (status, body, type) => {
    response = { status, body, type };
    const connectionString = `DefaultEndpointsProtocol=http;AccountName=a;AccountKey=${developmentKey};TableEndpoint=${url}/a;QueueEndpoint=${url}/a;`;
    const storage = storageClientsOf(connectionString);
    const table = createAzureRowTable(storage, todoItem);
    const queue = createAzureIntentQueue(storage);
    const columns = { members: { text: "a", complete: false }, createdAt: "", writtenAt: "" };
    const row = { id: "a", ...columns, contentDigest: "", intentId: "" };
    const source = { table: "TodoItem", partition: "p", rowId: "a" };
    const announcement = {
      audience: { kind: "user", digest: "p" } as const,
      source,
      title: "",
      text: "",
      data: {},
    };
    const intent = newIntent(announcement, ["wns"], 0);
    const receipt = { messageId: "m", popReceipt: "p" };
    const results = await Promise.all([
      table.get("p", "a"),
      table.list("p", { limit: 10 }),
      table.insert("p", row, Date.now() + 1_000),
      table.update("p", "a", { members: {}, writtenAt: "" }, "eA"),
      table.update("p", "a", { members: { text: null }, writtenAt: "" }, "eA"),
      table.delete("p", "a", "eA"),
      createAzureIntentOfRow(storage)(source),
      queue.put(intent, 1),
      queue.update(receipt, intent, 1),
      queue.remove(receipt),
      queue.poison("a reason", intent),
    ]);
    expect(results.map(({ kind }) => kind)).toEqual(results.map(() => "unavailable"));
  },
);

test("storage that does not answer in time is unreachable", async () => {
  const { promise: asked, resolve: ask } = Promise.withResolvers<void>();
  let requests = 0;
  const hanging = createServer(() => {
    if (++requests === 2) ask();
  });
  const endpoint = await listen(hanging, 0);
  const connectionString = `DefaultEndpointsProtocol=http;AccountName=a;AccountKey=${developmentKey};TableEndpoint=${endpoint}/a;QueueEndpoint=${endpoint}/a;`;
  const storage = storageClientsOf(connectionString);
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  try {
    const results = Promise.all([
      createAzureRowTable(storage, todoItem).get("p", "a"),
      createAzureIntentQueue(storage).remove({ messageId: "m", popReceipt: "p" }),
    ]);
    await asked;
    vi.advanceTimersByTime(10_000);
    expect((await results).map(({ kind }) => kind)).toEqual(["unavailable", "unavailable"]);
  } finally {
    vi.useRealTimers();
    hanging.closeAllConnections();
    hanging.close();
  }
});

test("a managed identity that does not respond ends with the call's signal", async () => {
  const hanging = createServer(() => {});
  const endpoint = await listen(hanging, 0);
  const { IDENTITY_ENDPOINT, IDENTITY_HEADER } = process.env;
  Object.assign(process.env, { IDENTITY_ENDPOINT: `${endpoint}/msi/token`, IDENTITY_HEADER: "h" });
  const said: string[] = [];
  const identity = createManagedIdentity({ error: (line) => void said.push(line) });
  const abortSignal = AbortSignal.timeout(200);
  await expect(
    identity.getToken("https://storage.azure.com/.default", { abortSignal }),
  ).rejects.toMatchObject({
    name: "AbortError",
  });
  // It is late, and not missing.
  expect(said).toEqual([]);
  for (const [name, value] of Object.entries({ IDENTITY_ENDPOINT, IDENTITY_HEADER })) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
  hanging.closeAllConnections();
  hanging.close();
});

test("a read of a table that is tried again is signed with the time of then", async () => {
  const dates: string[] = [];
  vi.useFakeTimers({ toFake: ["Date"] });
  const busy = createServer((request, answer) => {
    dates.push(String(request.headers["x-ms-date"]));
    vi.setSystemTime(Date.now() + 60_000);
    answer.writeHead(503).end();
  });
  const endpoint = await listen(busy, 0);
  const storage = storageClientsOf(
    `DefaultEndpointsProtocol=http;AccountName=a;AccountKey=${developmentKey};TableEndpoint=${endpoint}/a;QueueEndpoint=${endpoint}/a`,
  );
  const read = await createAzureRowTable(storage, todoItem).get("p", "a");
  vi.useRealTimers();
  expect(read).toEqual({ kind: "unavailable" });
  const [first = "", second = ""] = dates;
  expect(Date.parse(second) - Date.parse(first)).toBeGreaterThanOrEqual(60_000);
  busy.closeAllConnections();
  busy.close();
});
