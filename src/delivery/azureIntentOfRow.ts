import type { TableClient } from "@azure/data-tables";
import { withDeadline } from "../http/deadline.ts";
import type { StorageClients } from "../storage/storageAccount.ts";
import { readFailure } from "./azureAnnouncedTable.ts";
import type { IntentOfRow } from "./redeliver.ts";

/** The time limit of one call to storage, in milliseconds. */
const deadline = 5_000;

/** Reads the column `intentId` of a row in any table. A row that is being deleted is absent. */
export function createAzureIntentOfRow(storage: StorageClients): IntentOfRow {
  const tables = new Map<string, TableClient>();

  return async ({ table, partition, rowId }) => {
    const client = tables.get(table) ?? storage.table(table, { retryOptions: { maxRetries: 0 } });
    tables.set(table, client);
    try {
      const queryOptions = { select: ["intentId", "isDeleted"] };
      const { etag, intentId, isDeleted } = await withDeadline(deadline, (abortSignal) =>
        client.getEntity<{ intentId?: string; isDeleted?: boolean }>(partition, rowId, {
          ...{ queryOptions, abortSignal },
        }),
      );
      if (isDeleted === true) return { kind: "absent" };
      // A row without one is not a row. To take it for the row of another insert would lose a notification.
      return etag === undefined ? { kind: "unavailable" } : { kind: "found", intentId };
    } catch (error) {
      return readFailure(error);
    }
  };
}
