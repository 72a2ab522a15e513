import { expect, test } from "vitest";
import {
  createAzureMessageTable,
  createRecordMessageResults,
} from "../../src/messages/azureMessageTable.ts";
import { tableName } from "../../src/messages/messageTable.ts";
import { platforms } from "../../src/platforms/platforms.ts";
import { storageClientsOf } from "../support/storageClients.ts";
import { ownStorage } from "../support/testStack.ts";

test("a row has a column for the result of each platform", async () => {
  const storage = storageClientsOf(ownStorage());
  const table = createAzureMessageTable(storage);
  const row = {
    ...{ id: "each", audience: "everyone", contentDigest: "", intentId: "" },
    ...{ createdAt: new Date().toISOString(), platforms: platforms.join() },
  };
  await table.insert("each", row, Date.now() + 1_000);
  const source = { table: tableName, partition: "each", rowId: "each" };
  const results = platforms.map((platform) => ({ platform, kind: "sent" }) as const);
  await createRecordMessageResults(storage, tableName)(source, results);
  expect(await table.get("each", "each")).toMatchObject({
    row: Object.fromEntries(platforms.map((platform) => [platform, "sent"])),
  });
});

test("that a message was sent is final: a later result changes only the other platforms", async () => {
  const storage = storageClientsOf(ownStorage());
  const table = createAzureMessageTable(storage);
  const record = createRecordMessageResults(storage, tableName);
  const row = {
    ...{ id: "m", audience: "everyone", contentDigest: "", intentId: "" },
    ...{ createdAt: new Date().toISOString(), platforms: "wns,apns" },
  };
  await table.insert("m", row, Date.now() + 1_000);
  const source = { table: tableName, partition: "m", rowId: "m" };
  await record(source, [
    { platform: "wns", kind: "sent", notificationId: "n" },
    { platform: "apns", kind: "refused" },
  ]);
  await record(source, [
    { platform: "wns", kind: "expired" },
    { platform: "apns", kind: "sent" },
  ]);
  expect(await table.get("m", "m")).toMatchObject({ row: { wns: "sent n", apns: "sent" } });
});
