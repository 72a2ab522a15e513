import { odata } from "@azure/data-tables";
import { withDeadline } from "../http/deadline.ts";
import { ForeignResponseError, isAbsent, isChanged, storageFailure } from "../storage/failure.ts";
import type { StorageClients } from "../storage/storageAccount.ts";
import { upsertEntity } from "../storage/upsertEntity.ts";
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
  readonly poisonSeen?: number;
}

/** Keeps the marks in the Azure table `ForgottenUser`. The first mark creates the table if it is missing. */
export function createAzureForgottenUsers(storage: StorageClients): ForgottenUsers {
  const client = storage.table(tableName, { retryOptions: { maxRetries: 1, retryDelayInMs: 100 } });

  return {
    async read(userDigest) {
      try {
        const {
          etag,
          forgottenAt,
          underWayUntil,
          poisonSeen = 0,
        } = await withDeadline(deadline, (abortSignal) =>
          client.getEntity<Columns>(userDigest, rowKey, { abortSignal }),
        );
        const [at, until] = [Date.parse(forgottenAt), Date.parse(underWayUntil)];
        if (!etag || Number.isNaN(at + until)) throw new ForeignResponseError("This is no mark.");
        const value = {
          version: etag,
          forgottenAt: at,
          isUnderWay: Date.now() < until,
          poisonSeen,
        };
        return { kind: "done", value };
      } catch (error) {
        return isAbsent(error) ? { kind: "done", value: undefined } : storageFailure(error);
      }
    },

    mark(userDigest, forgottenAt, underWayUntil, poisonSeen = 0) {
      const entity = {
        partitionKey: userDigest,
        rowKey,
        forgottenAt: new Date(forgottenAt).toISOString(),
        underWayUntil: new Date(underWayUntil).toISOString(),
        poisonSeen,
      };
      return upsertEntity(client, entity, deadline);
    },

    async deleteOld() {
      const filter = odata`Timestamp lt ${new Date(Date.now() - markLife)}`;
      const queryOptions = { filter, select: ["PartitionKey"] };
      const abortSignal = AbortSignal.timeout(deadline);
      try {
        const marks = client.listEntities({ queryOptions, abortSignal });
        let deleted = 0;
        for await (const { partitionKey = "", etag } of marks) {
          if (deleted++ === mostDeleted) return;
          await client
            .deleteEntity(partitionKey, rowKey, { etag, abortSignal })
            // Another call has deleted it, or its user is being forgotten again.
            .catch((error: unknown) => {
              if (!isAbsent(error) && !isChanged(error)) throw error;
            });
        }
      } catch (error) {
        if (!isAbsent(error)) storageFailure(error);
      }
    },
  };
}
