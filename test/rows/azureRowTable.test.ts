import { afterAll, beforeAll, expect, test } from "vitest";
import { createAzureRowTable } from "../../src/rows/azureRowTable.ts";
import { integer, number, optional, text } from "../../src/rows/memberKinds.ts";
import { defineTable } from "../../src/rows/table.ts";
import { todoItem } from "../../src/tables/todoItem.ts";
import { storageClientsOf } from "../support/storageClients.ts";
import { type StorageProxies, startStorageProxies } from "../support/storageProxies.ts";
import { ownStorage } from "../support/testStack.ts";

let proxies: StorageProxies;
beforeAll(async () => {
  proxies = await startStorageProxies(ownStorage());
});
afterAll(() => proxies.stop());

test("an insert that is not to begin any more makes no request", async () => {
  const { connectionString } = proxies;
  const storage = storageClientsOf(connectionString);
  const now = new Date().toISOString();
  const row = {
    id: "late",
    members: { text: "late", complete: false },
    createdAt: now,
    writtenAt: now,
    contentDigest: "",
    intentId: "",
  };
  const inserted = await createAzureRowTable(storage, todoItem).insert("user", row, Date.now() - 1);
  expect(inserted).toEqual({ kind: "unavailable" });
  expect(proxies.tables.requests).toEqual([]);
});

test("a number is stored with double precision, also if it is whole", async () => {
  const { connectionString } = proxies;
  const storage = storageClientsOf(connectionString);
  const table = defineTable("Numbers", {
    members: { size: number(), count: integer(), note: optional(text()) },
    example: { size: 1, count: 1 },
  });
  const now = new Date().toISOString();
  const members = { size: 3_000_000_000, count: 5, note: "a note" };
  const row = {
    ...{ id: "one", members, createdAt: now, writtenAt: now, contentDigest: "", intentId: "" },
  };
  const rows = createAzureRowTable(storage, table);
  await rows.insert("user", row, Number.POSITIVE_INFINITY);
  for (const changed of [{ note: null }, { size: 2, count: 6 }]) {
    const changes = { members: changed, writtenAt: now };
    expect(await rows.update("user", "one", changes)).toMatchObject({ kind: "updated" });
  }
  const written = proxies.tables.requests.filter(({ body }) => body.includes('"size"'));
  expect(written.length).toBeGreaterThan(2);
  for (const { body } of written) {
    expect(JSON.parse(body)).toMatchObject({
      "size@odata.type": "Edm.Double",
      "count@odata.type": "Edm.Double",
    });
  }
});

test("a row whose deletion has begun is not written to as a whole", async () => {
  const { connectionString } = proxies;
  const storage = storageClientsOf(connectionString);
  const table = defineTable("Flagged", {
    members: { note: optional(text()) },
    example: {},
    softDelete: true,
  });
  const rows = createAzureRowTable(storage, table);
  const columns = { createdAt: "2026-01-01T00:00:00.000Z", writtenAt: "", contentDigest: "" };
  const row = { id: "one", members: { note: "a" }, ...columns, intentId: "" };
  await rows.insert("user", row, Number.POSITIVE_INFINITY);
  const entity = { partitionKey: "user", rowKey: "one", isDeleted: true };
  await storage.table("Flagged", {}).updateEntity(entity, "Merge");
  const changes = { members: { note: null }, writtenAt: "" };
  expect(await rows.update("user", "one", changes)).toEqual({ kind: "absent" });
  expect(await rows.get("user", "one")).toEqual({ kind: "absent" });
});
