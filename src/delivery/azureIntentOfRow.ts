import { RestError, type TableClient } from "@azure/data-tables";
import type { StorageClients } from "../storage/storageAccount.ts";
import { unavailable } from "../storage/unavailable.ts";
import type { IntentOfRow } from "./redeliver.ts";

/** The time limit of one call to storage, in milliseconds. */
const deadline = 5_000;

/** Reads the column `intentId` of a row in any table. */
export function createAzureIntentOfRow(storage: StorageClients): IntentOfRow {
  const tables = new Map<string, TableClient>();

  return async ({ table, partition, rowId }) => {
    const client = tables.get(table) ?? storage.table(table, { retryOptions: { maxRetries: 0 } });
    tables.set(table, client);
    try {
      const { intentId } = await client.getEntity<{ intentId?: string }>(partition, rowId, {
        queryOptions: { select: ["intentId"] },
        abortSignal: AbortSignal.timeout(deadline),
      });
      return { kind: "found", intentId };
    } catch (error) {
      const absent = error instanceof RestError && error.statusCode === 404;
      return absent ? { kind: "absent" } : unavailable(error);
    }
  };
}
