import { afterAll, beforeAll, expect, test } from "vitest";
import { createAzureAnnouncedTable, tableClients } from "../../src/delivery/azureAnnouncedTable.ts";
import { storageClientsOf } from "../support/storageClients.ts";
import { type StorageProxies, startStorageProxies } from "../support/storageProxies.ts";
import { ownStorage } from "../support/testStack.ts";

let proxies: StorageProxies;
beforeAll(async () => {
  proxies = await startStorageProxies(ownStorage());
});
afterAll(() => proxies.stop());

test("an insert does not begin again if its time is over once the table is created", async () => {
  const { connectionString } = proxies;
  const storage = storageClientsOf(connectionString);
  const table = createAzureAnnouncedTable(tableClients(storage, "Slow"), {
    rowOf: ({ rowKey: id = "" }: { rowKey?: string }) => ({ id, contentDigest: "", intentId: "" }),
    columnsOf: ({ contentDigest, intentId }) => ({ contentDigest, intentId }),
  });
  const row = { id: "late", contentDigest: "", intentId: "" };
  const latest = Date.now() + 100;
  // The creation of the table is answered after this time.
  proxies.tables.interfere = ({ url }) =>
    url.includes("/Tables")
      ? { kind: "delay", milliseconds: Math.max(0, latest - Date.now()) + 10 }
      : undefined;
  expect(await table.insert("user", row, latest)).toEqual({ kind: "unavailable" });
  const paths = proxies.tables.requests.map(({ url }) => url.replace(/^\/\w+|\?.*$/g, ""));
  expect(paths).toEqual(["/Slow", "/Tables"]);
});
