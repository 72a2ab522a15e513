import { odata, type TableClient } from "@azure/data-tables";
import { withDeadline } from "../http/deadline.ts";
import { ForeignResponseError, storageErrorCode, storageFailure } from "../storage/failure.ts";
import type { StorageClients } from "../storage/storageAccount.ts";
import { type ForgottenUsers, markLife, tableName } from "./forgottenUsers.ts";

/** The time limit of one call to storage, in milliseconds. */
const deadline = 5_000;

/** The most old marks that one call deletes. */
const mostDeleted = 100;

/** A user's partition has one row. */
const rowKey = "mark";

interface Columns {
  readonly forgottenAt: string;
  readonly underWayUntil: string;
}

/** Keeps the marks in the Azure table `ForgottenUser`. The first mark creates the table if it is missing. */
export function createAzureForgottenUsers(storage: StorageClients): ForgottenUsers {
  const client = storage.table(tableName, { retryOptions: { maxRetries: 1, retryDelayInMs: 100 } });

  return {
    async read(userDigest) {
      try {
        const { etag, forgottenAt, underWayUntil } = await withDeadline(deadline, (abortSignal) =>
          client.getEntity<Columns>(userDigest, rowKey, { abortSignal }),
        );
        const [at, until] = [Date.parse(forgottenAt), Date.parse(underWayUntil)];
        if (!etag || Number.isNaN(at + until)) throw new ForeignResponseError("This is no mark.");
        const value = { version: etag, forgottenAt: at, isUnderWay: Date.now() < until };
        return { kind: "done", value };
      } catch (error) {
        return isMissing(error) ? { kind: "done", value: undefined } : storageFailure(error);
      }
    },

    async mark(userDigest, forgottenAt, underWayUntil) {
      const entity = {
        partitionKey: userDigest,
        rowKey,
        forgottenAt: new Date(forgottenAt).toISOString(),
        underWayUntil: new Date(underWayUntil).toISOString(),
      };
      const write = () =>
        withDeadline(deadline, (abortSignal) =>
          client.upsertEntity(entity, "Replace", { abortSignal }),
        );
      try {
        await createdWhereMissing(client, write);
        return { kind: "done" };
      } catch (error) {
        return storageFailure(error);
      }
    },

    async deleteOld() {
      const filter = odata`Timestamp lt ${new Date(Date.now() - markLife)}`;
      const queryOptions = { filter, select: ["PartitionKey"] };
      try {
        const abortSignal = AbortSignal.timeout(deadline);
        const pages = client
          .listEntities({ queryOptions, abortSignal })
          .byPage({ maxPageSize: mostDeleted });
        for await (const marks of pages) {
          await Promise.all(
            marks.map(({ partitionKey = "", etag }) =>
              client.deleteEntity(partitionKey, rowKey, { etag, abortSignal }),
            ),
          );
          return;
        }
      } catch (error) {
        storageFailure(error);
      }
    },
  };
}

async function createdWhereMissing<T>(client: TableClient, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (storageErrorCode(error) !== "TableNotFound") throw error;
    await withDeadline(deadline, (abortSignal) => client.createTable({ abortSignal }));
    return write();
  }
}

function isMissing(error: unknown): boolean {
  const code = storageErrorCode(error);
  return code === "ResourceNotFound" || code === "TableNotFound";
}
