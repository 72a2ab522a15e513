import { createAzureAnnouncedTable, readFailure } from "../delivery/azureAnnouncedTable.ts";
import type { RecordResults } from "../delivery/platformResult.ts";
import { withDeadline } from "../http/deadline.ts";
import type { StorageClients } from "../storage/storageAccount.ts";
import { columnOf } from "./messageState.ts";
import { type MessageRow, type MessageTable, tableName } from "./messageTable.ts";

/** The time limit of one call to storage, in milliseconds. */
const deadline = 5_000;

/** Stores messages in the Azure table `Notification`. An insert creates the table if it is missing. */
export function createAzureMessageTable(storage: StorageClients): MessageTable {
  return createAzureAnnouncedTable<MessageRow>(
    storage,
    tableName,
    ({ rowKey: id, createdAt, audience, contentDigest, intentId, ...others }) => {
      const { finishedAt, wns, apns, fcmv1 } = others;
      return {
        ...{ id, createdAt, audience, contentDigest, intentId },
        ...(finishedAt !== undefined && { finishedAt }),
        ...(wns !== undefined && { wns }),
        ...(apns !== undefined && { apns }),
        ...(fcmv1 !== undefined && { fcmv1 }),
      };
    },
  );
}

/** Records what became of messages, on their rows. */
export function createRecordMessageResults(storage: StorageClients): RecordResults {
  const client = storage.table(tableName, { retryOptions: { maxRetries: 0 } });
  return async ({ partition, rowId }, results) => {
    const columns = Object.fromEntries(results.map((one) => [one.platform, columnOf(one)]));
    const finishedAt = new Date().toISOString();
    const entity = { partitionKey: partition, rowKey: rowId, ...columns, finishedAt };
    try {
      await withDeadline(deadline, (abortSignal) =>
        client.updateEntity(entity, "Merge", { etag: "*", abortSignal }),
      );
      return { kind: "done" };
    } catch (error) {
      const failure = readFailure(error);
      return failure.kind === "absent" ? { kind: "done" } : failure;
    }
  };
}
