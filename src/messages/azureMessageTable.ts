import {
  createAzureAnnouncedTable,
  deadline,
  readFailure,
  tableClients,
} from "../delivery/azureAnnouncedTable.ts";
import type { RecordResults } from "../delivery/platformResult.ts";
import { withDeadline } from "../http/deadline.ts";
import { platforms as allPlatforms } from "../platforms/platforms.ts";
import { isChanged } from "../storage/failure.ts";
import type { StorageClients } from "../storage/storageAccount.ts";
import { columnOf, isSent } from "./messageState.ts";
import { type MessageRow, type MessageTable, partitionOf, tableName } from "./messageTable.ts";
import type { AddOpened } from "./openings.ts";

/** Stores messages in the Azure table `Notification`. An insert creates the table if it is missing. */
export function createAzureMessageTable(storage: StorageClients): MessageTable {
  return createAzureAnnouncedTable<MessageRow, Omit<MessageRow, "id"> & { rowKey: string }>(
    tableClients(storage, tableName),
    {
      columnsOf: ({ id: _, ...columns }) => columns,
      rowOf({ rowKey: id, createdAt, audience, platforms, contentDigest, intentId, ...others }) {
        const { finishedAt, opened } = others;
        const results = allPlatforms.flatMap((platform) => {
          const result = others[platform];
          return result === undefined ? [] : [[platform, result] as const];
        });
        return {
          ...{ id, createdAt, audience, platforms, contentDigest, intentId },
          ...(finishedAt !== undefined && { finishedAt }),
          ...(opened !== undefined && { opened }),
          ...Object.fromEntries(results),
        };
      },
    },
  );
}

/**
 * Records what became of messages, on their rows. That a message was sent to a platform is final: a later result of a
 * repeat, or of an intent that is older than the row's results, changes nothing of it.
 */
export function createRecordMessageResults(storage: StorageClients, table: string): RecordResults {
  const client = storage.table(table, { retryOptions: { maxRetries: 0 } });

  return async ({ partition, rowId }, results) => {
    const finishedAt = new Date().toISOString();
    try {
      while (true) {
        const row = await withDeadline(deadline, (abortSignal) =>
          client.getEntity<Partial<Record<string, string>>>(partition, rowId, { abortSignal }),
        );
        const news = results.filter(({ platform }) => !isSent(row[platform]));
        if (news.length === 0) return { kind: "done" };
        const columns = Object.fromEntries(news.map((one) => [one.platform, columnOf(one)]));
        const entity = { partitionKey: partition, rowKey: rowId, ...columns, finishedAt };
        try {
          await withDeadline(deadline, (abortSignal) =>
            client.updateEntity(entity, "Merge", { etag: row.etag, abortSignal }),
          );
          return { kind: "done" };
        } catch (error) {
          // Another attempt has recorded its results. Each round that meets a change uses one up.
          if (!isChanged(error)) throw error;
        }
      }
    } catch (error) {
      const failure = readFailure(error);
      return failure.kind === "absent" ? { kind: "done" } : failure;
    }
  };
}

/** Adds to the column `opened` of messages' rows. */
export function createAddOpened(storage: StorageClients): AddOpened {
  const client = storage.table(tableName, { retryOptions: { maxRetries: 0 } });

  return async (id, times) => {
    const key = [partitionOf(id), id] as const;
    try {
      while (true) {
        const { etag, opened = 0 } = await withDeadline(deadline, (abortSignal) =>
          client.getEntity<{ opened?: number }>(...key, { abortSignal }),
        );
        const entity = { partitionKey: key[0], rowKey: key[1], opened: opened + times };
        try {
          await withDeadline(deadline, (abortSignal) =>
            client.updateEntity(entity, "Merge", { etag, abortSignal }),
          );
          return { kind: "done" };
        } catch (error) {
          // Results, or another process. Each round that meets a change uses one up.
          if (!isChanged(error)) throw error;
        }
      }
    } catch (error) {
      const failure = readFailure(error);
      return failure.kind === "absent" ? { kind: "done" } : failure;
    }
  };
}
