import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { createAzureRowTable } from "../../src/rows/azureRowTable.ts";
import { createStorageClients } from "../../src/storage/storageAccount.ts";
import { todoItem } from "../../src/tables/todoItem.ts";
import { type StorageProxies, startStorageProxies } from "../support/storageProxies.ts";

let proxies: StorageProxies;
beforeAll(async () => {
  proxies = await startStorageProxies(inject("storage"));
});
afterAll(() => proxies.stop());

test("an insert that is not to begin any more makes no request", async () => {
  const { connectionString } = proxies;
  const storage = createStorageClients({ kind: "connectionString", connectionString }, () => {
    throw new Error("A connection string needs no identity.");
  });
  const now = new Date().toISOString();
  const row = {
    id: "late",
    members: { text: "late", complete: false },
    createdAt: now,
    updatedAt: now,
    contentDigest: "",
    intentId: "",
  };
  const inserted = await createAzureRowTable(storage, todoItem).insert("user", row, Date.now() - 1);
  expect(inserted).toEqual({ kind: "unavailable" });
  expect(proxies.tables.requests).toEqual([]);
});
