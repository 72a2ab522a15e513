import { withDeadline } from "../http/deadline.ts";
import {
  createdWhereMissing,
  ForeignResponseError,
  isAbsent,
  isChanged,
  storageErrorCode,
  storageFailure,
} from "../storage/failure.ts";
import type { StorageClients } from "../storage/storageAccount.ts";
import { type IsNewest, isNewer, type Replacing } from "./isNewest.ts";

/** The time limit of one call to storage, in milliseconds. */
const deadline = 5_000;

/** A key has one row. */
const rowKey = "newest";

/**
 * Keeps the newest announcement of each key in a table: its intent's id and its time, and nothing of what it says. No id of
 * a row has the partition's colon.
 *
 * @param tableName a table of the app; the first row creates it
 */
export function createAzureIsNewest(storage: StorageClients, tableName: string): IsNewest {
  const client = storage.table(tableName, { retryOptions: { maxRetries: 0 } });

  async function read(partitionKey: string): Promise<(Replacing & { etag: string }) | undefined> {
    try {
      const { etag, intentId, createdAt } = await withDeadline(deadline, (abortSignal) =>
        client.getEntity<Partial<Replacing>>(partitionKey, rowKey, { abortSignal }),
      );
      if (!etag || intentId === undefined || createdAt === undefined) {
        throw new ForeignResponseError("This is no announcement.");
      }
      return { etag, intentId, createdAt };
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw error;
    }
  }

  return async (key, { intentId, createdAt }) => {
    const partitionKey = `replaces:${key}`;
    const entity = { partitionKey, rowKey, intentId, createdAt };
    try {
      while (true) {
        const newest = await read(partitionKey);
        if (newest?.intentId === intentId) return { kind: "done", value: true };
        if (newest && isNewer(newest, entity)) return { kind: "done", value: false };
        try {
          await createdWhereMissing(
            () =>
              withDeadline(deadline, (abortSignal) =>
                newest
                  ? client.updateEntity(entity, "Replace", { etag: newest.etag, abortSignal })
                  : client.createEntity(entity, { abortSignal }),
              ),
            () => withDeadline(deadline, (abortSignal) => client.createTable({ abortSignal })),
          );
          return { kind: "done", value: true };
        } catch (error) {
          // Another announcement was noted meanwhile. Each round that meets one uses one up.
          if (!isChanged(error) && storageErrorCode(error) !== "EntityAlreadyExists") throw error;
        }
      }
    } catch (error) {
      return storageFailure(error);
    }
  };
}
