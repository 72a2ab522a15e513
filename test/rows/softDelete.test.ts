import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createAzureIntentOfRow } from "../../src/delivery/azureIntentOfRow.ts";
import { insert, send, signIn } from "../support/client.ts";
import { startTestHost, type TestHost } from "../support/hosts.ts";
import { storageClientsOf } from "../support/storageClients.ts";
import { type StorageProxies, startStorageProxies } from "../support/storageProxies.ts";
import { useTestStack } from "../support/testStack.ts";
import { itemIn, partitionOf, query, tableOf, todo } from "../support/todoItems.ts";

let proxies: StorageProxies;
const stack = useTestStack(async (storage) => {
  proxies = await startStorageProxies(storage);
  return {};
});
let host: TestHost;
beforeAll(async () => {
  const settings = { AzureWebJobsStorage: proxies.connectionString };
  host = await startTestHost(stack(), { settings });
});
afterAll(async () => {
  await host.stop();
  await proxies.stop();
});

const pull = query({ $orderby: "updatedAt", __includeDeleted: "true" });

async function entriesOf(token: string, path = pull): Promise<Record<string, unknown>[]> {
  const answer = await todo(stack(), token, "GET", path);
  if (answer.status !== 200) throw new Error(answer.text);
  return JSON.parse(answer.text);
}

/** Returns what storage has in the partition of the marks of a user. */
async function marksOf(username: string) {
  const filter = `PartitionKey eq '${partitionOf(username)}-deleted'`;
  return Array.fromAsync(
    tableOf(stack().addresses.storage).listEntities({ queryOptions: { filter } }),
  );
}

test("a deleted item leaves a mark without content, which only a list of deleted ones shows", async () => {
  const token = await signIn(stack(), "alice");
  const kept = itemIn(await insert(stack(), token, { id: "kept", text: "stays" }));
  await insert(stack(), token, { id: "gone", text: "a secret text" });
  expect(await todo(stack(), token, "DELETE", "/gone")).toMatchObject({ status: 204 });

  const mark = {
    id: "gone",
    deleted: true,
    updatedAt: expect.any(String),
    version: expect.any(String),
  };
  expect(await entriesOf(token)).toEqual([{ ...kept, deleted: false }, mark]);
  // In the order of ids too, and with a count, a filter and members to select.
  for (const [options, expected] of [
    [{}, ["gone", "kept"]],
    [{ $orderby: "id desc" }, ["kept", "gone"]],
    [{ $filter: "(__deleted eq true)" }, ["gone"]],
    [{ $filter: "deleted eq false", $orderby: "updatedAt" }, ["kept"]],
    [{ $filter: "complete eq true" }, ["gone"]],
    [{ $filter: "id eq 'gone'", $orderby: "updatedAt" }, ["gone"]],
    [{ $filter: "id eq 'other'", $orderby: "updatedAt" }, []],
    [{ $skip: "1", $top: "1" }, ["kept"]],
  ] as const) {
    const found = await entriesOf(token, query({ ...options, __includeDeleted: "true" }));
    expect([options, found.map(({ id }) => id)]).toEqual([options, expected]);
  }
  expect(await entriesOf(token, query({ $select: "id", __includeDeleted: "1" }))).toEqual([
    { id: "gone", deleted: true },
    { id: "kept", deleted: false },
  ]);
  const counted = await todo(stack(), token, "GET", `${pull}&$inlinecount=allpages`);
  expect(counted.body).toMatchObject({ count: 2 });
  // Without asking, nothing shows it.
  for (const path of ["", query({ $orderby: "updatedAt" }), query({ $filter: "id eq 'gone'" })]) {
    expect((await entriesOf(token, path)).filter(({ id }) => id === "gone")).toEqual([]);
  }
  expect(await todo(stack(), token, "GET", "/gone")).toMatchObject({ status: 404 });
  expect(await todo(stack(), token, "PATCH", "/gone", { body: { text: "x" } })).toMatchObject({
    status: 404,
  });
  // There is no way back: the content is gone.
  expect(await send(stack(), "POST", "/tables/TodoItem/gone")).toMatchObject({ status: 404 });
  const [stored, ...others] = await marksOf("alice");
  expect(others).toEqual([]);
  expect(JSON.stringify(stored)).not.toContain("secret");

  // The id is free at once. A pull has what became of it in order, and other lists have the item alone.
  const again = itemIn(await insert(stack(), token, { id: "gone", text: "again" }));
  const [one, other] = [
    { ...kept, deleted: false },
    { ...again, deleted: false },
  ];
  expect(await entriesOf(token)).toEqual([one, mark, other]);
  expect(await entriesOf(token, query({ __includeDeleted: "true" }))).toEqual([other, one]);
  const none = query({ $filter: "text eq 'else'", __includeDeleted: "true" });
  expect(await entriesOf(token, none)).toEqual([]);
  await todo(stack(), token, "DELETE", "/gone");
  expect((await entriesOf(token)).at(-1)).toMatchObject({ id: "gone", deleted: true });
  expect(
    await send(stack(), "DELETE", "/api/me", { headers: { "x-zumo-auth": token } }),
  ).toMatchObject({
    status: 204,
  });
  expect(await marksOf("alice")).toEqual([]);
});

test("a deletion that is broken off anywhere has happened or not, and what it left is cleared away", async () => {
  const token = await signIn(stack(), "bob");
  const partition = partitionOf("bob");
  const storage = storageClientsOf(stack().addresses.storage);
  const intentOf = (rowId: string) =>
    createAzureIntentOfRow(storage)({ table: "TodoItem", partition, rowId });
  for (const [at, kind] of [
    [0, "reset"],
    [0, "dropAnswer"],
    [1, "reset"],
    [1, "dropAnswer"],
    [2, "reset"],
    [2, "dropAnswer"],
  ] as const) {
    const id = randomUUID();
    await insert(stack(), token, { id, text: "x" });
    let writes = 0;
    proxies.tables.interfere = ({ method, url }) =>
      method !== "GET" && url.includes(partition) && writes++ === at ? { kind } : undefined;
    const answer = await todo(host.stack, token, "DELETE", `/${id}`);
    proxies.tables.interfere = undefined;
    const isBegun = at > 0 || kind === "dropAnswer";
    expect([at, kind, answer.status]).toEqual([at, kind, 503]);
    // To redelivery, and to each way of asking, it is there or gone.
    expect((await intentOf(id)).kind).toBe(isBegun ? "absent" : "found");
    const ids = (entries: readonly Record<string, unknown>[]) =>
      entries.filter((entry) => entry["id"] === id);
    expect(ids(await entriesOf(token))).toMatchObject([{ id, deleted: isBegun }]);
    // A pull of a part of the items learns of it too, also if the item was not in that part.
    const part = query({
      $filter: "complete eq true and updatedAt ge datetime'2013-01-01T00:00:00Z'",
      ...{ $orderby: "updatedAt", __includeDeleted: "true" },
    });
    expect(ids(await entriesOf(token, part)).length).toBe(isBegun ? 1 : 0);
    expect(ids(await entriesOf(token, "")).length).toBe(isBegun ? 0 : 1);
    expect(ids(await entriesOf(token, query({ $orderby: "text" }))).length).toBe(isBegun ? 0 : 1);
    const got = await todo(stack(), token, "GET", `/${id}`);
    expect(got.status).toBe(isBegun ? 404 : 200);
    // The next request that meets it ends it.
    const again = await todo(stack(), token, "DELETE", `/${id}`);
    expect(again.status).toBe(isBegun ? 404 : 204);
    expect(ids(await entriesOf(token))).toMatchObject([{ id, deleted: true }]);
    expect(await insert(stack(), token, { id, text: "new" })).toMatchObject({ status: 201 });
    expect(ids(await entriesOf(token)).at(-1)).toMatchObject({ id, deleted: false, text: "new" });
  }
});

test("a change that comes between the parts of a deletion does not bring the item back", async () => {
  const token = await signIn(stack(), "erin");
  const partitionKey = partitionOf("erin");
  await insert(stack(), token, { id: "one", text: "x" });
  const table = tableOf(stack().addresses.storage);
  let changed: Promise<unknown> | undefined;
  proxies.tables.interfere = ({ method, url }) => {
    if (method !== "DELETE" || changed !== undefined || !url.includes("'one'")) return undefined;
    changed = table.updateEntity({ partitionKey, rowKey: "one", text: "late" }, "Merge");
    return { kind: "delay", milliseconds: 200 };
  };
  const answer = await todo(host.stack, token, "DELETE", "/one");
  proxies.tables.interfere = undefined;
  await changed;
  expect(answer.status).toBe(204);
  const queryOptions = { filter: `PartitionKey eq '${partitionKey}'` };
  expect(await Array.fromAsync(table.listEntities({ queryOptions }))).toEqual([]);
  // It was deleted twice, at two times.
  expect((await entriesOf(token)).every(({ deleted }) => deleted)).toBe(true);
  expect((await entriesOf(token)).length).toBeGreaterThan(0);
});

test("a mark of more than 30 days is not shown, and the first pull that meets it removes it", async () => {
  const token = await signIn(stack(), "carol");
  await insert(stack(), token, { id: "one", text: "x" });
  const daysAgo = (days: number) => {
    const time = new Date(Date.now() - days * 24 * 60 * 60 * 1_000).toISOString();
    return `${time.slice(0, -1)}0000Z`;
  };
  const table = tableOf(stack().addresses.storage);
  const partitionKey = `${partitionOf("carol")}-deleted`;
  for (const days of [29, 31, 40]) {
    await table.createEntity({ partitionKey, rowKey: `${daysAgo(days)}_old-${days}` });
  }
  const since = `updatedAt ge datetimeoffset'${daysAgo(50)}'`;
  const later = await entriesOf(
    token,
    query({ $filter: since, $orderby: "updatedAt", __includeDeleted: "true" }),
  );
  expect(later.map(({ id }) => id)).toEqual(["old-29", "one"]);
  const left = async () => (await marksOf("carol")).map(({ rowKey = "" }) => rowKey.slice(29));
  expect(await left()).toEqual(["old-29"]);
  // So does a list in another order.
  await table.createEntity({ partitionKey, rowKey: `${daysAgo(32)}_old-32` });
  const listed = await entriesOf(token, query({ __includeDeleted: "true" }));
  expect(listed.map(({ id }) => id)).toEqual(["old-29", "one"]);
  expect(await left()).toEqual(["old-29"]);
});

test("a pull with nothing new asks storage three times, and an update or an insert no more than before", async () => {
  const token = await signIn(stack(), "dora");
  for (let n = 0; n < 60; n++) await insert(stack(), token, { text: `${n}` });
  const last = String((await entriesOf(token, `${pull}&$top=1000`)).at(-1)?.["updatedAt"]);
  const partition = partitionOf("dora");
  const calls = async (act: () => Promise<unknown>) => {
    const before = proxies.tables.requests.length;
    await act();
    const made = proxies.tables.requests.slice(before);
    return made.filter(({ url }) => url.includes(partition)).map(({ method }) => method);
  };
  const since = query({
    $filter: `(updatedAt ge datetimeoffset'${last}')`,
    $orderby: "updatedAt",
    $top: "50",
    __includeDeleted: "true",
  });
  expect(await calls(() => todo(host.stack, token, "GET", since))).toEqual(["GET", "GET", "GET"]);
  const plain = since.replace("&__includeDeleted=true", "");
  expect(await calls(() => todo(host.stack, token, "GET", plain))).toEqual(["GET"]);
  // The marks before and after, the rows until there are too many, their times, and those of the page.
  const first = query({ $orderby: "updatedAt", $top: "50" });
  expect((await calls(() => todo(host.stack, token, "GET", first))).length).toBe(3);
});
