import { odata, type TableEntityResult } from "@azure/data-tables";
import {
  type Columns,
  createAzureAnnouncedTable,
  readFailure,
  versionOf,
} from "../delivery/azureAnnouncedTable.ts";
import { withDeadline } from "../http/deadline.ts";
import { isJsonObject } from "../http/parseJson.ts";
import {
  ForeignResponseError,
  type StorageFailure,
  storageErrorCode,
  storageFailure,
} from "../storage/failure.ts";
import type { StorageClients } from "../storage/storageAccount.ts";
import {
  type Absent,
  type Changed,
  type StoredTodoRow,
  type TodoRow,
  type TodoTable,
  tableName,
} from "./todoTable.ts";

/** The time limit of one call to storage, in milliseconds. */
const deadline = 5_000;

/**
 * The time limit of a query, in milliseconds. Storage searches for up to 5 s and then returns what it
 * has found (https://learn.microsoft.com/rest/api/storageservices/query-timeout-and-pagination).
 */
const queryDeadline = 10_000;

/** Stores items in the Azure table `TodoItem`. An insert creates the table if it is missing. */
export function createAzureTodoTable(storage: StorageClients): TodoTable {
  const client = storage.table(tableName, { retryOptions: { maxRetries: 0 } });
  const reader = storage.table(tableName, { retryOptions: { maxRetries: 1, retryDelayInMs: 100 } });

  return {
    ...createAzureAnnouncedTable<TodoRow>(storage, tableName, rowOf),

    async list(partition, { filter, after, limit }) {
      const conditions = [odata`PartitionKey eq ${partition}`];
      if (after !== undefined) conditions.push(odata`RowKey gt ${after}`);
      if (filter !== undefined) conditions.push(`(${filter})`);
      const entities = reader.listEntities<Columns<TodoRow>>({
        queryOptions: { filter: conditions.join(" and ") },
        abortSignal: AbortSignal.timeout(queryDeadline),
        // The client takes a response without rows for an empty list, and reads members of a row that is null.
        onResponse({ status, parsedBody }) {
          const rows = parsedBody?.value;
          if (status === 200 && !(Array.isArray(rows) && rows.every(isJsonObject))) {
            throw new ForeignResponseError("A response is no list.");
          }
        },
      });
      try {
        for await (const page of entities.byPage({ maxPageSize: limit })) {
          const more = page.continuationToken !== undefined;
          // Storage may return an empty page and still have more rows. An empty page has no last row to
          // continue after.
          if (page.length > 0 || !more) return { kind: "page", rows: page.map(storedRowOf), more };
        }
      } catch (error) {
        if (storageErrorCode(error) !== "TableNotFound") return storageFailure(error);
      }
      return { kind: "page", rows: [], more: false };
    },

    async update(partition, id, changes, version) {
      const entity = { partitionKey: partition, rowKey: id, ...changes };
      const etag = etagOf(version);
      try {
        const updated = await withDeadline(deadline, (abortSignal) =>
          client.updateEntity(entity, "Merge", { etag, abortSignal }),
        );
        return { kind: "updated", version: versionOf(updated.etag) };
      } catch (error) {
        return writeFailure(error);
      }
    },

    async delete(partition, id, version) {
      const etag = etagOf(version);
      try {
        await withDeadline(deadline, (abortSignal) =>
          client.deleteEntity(partition, id, { etag, abortSignal }),
        );
        return { kind: "deleted" };
      } catch (error) {
        return writeFailure(error);
      }
    },
  };
}

function rowOf(entity: Columns<TodoRow>): TodoRow {
  const { rowKey: id, text, complete, createdAt, updatedAt, contentDigest, intentId } = entity;
  return { id, text, complete, createdAt, updatedAt, contentDigest, intentId };
}

function storedRowOf(entity: TableEntityResult<Columns<TodoRow>>): StoredTodoRow {
  return { ...rowOf(entity), version: versionOf(entity.etag) };
}

/** @param version without one, the entity tag that matches every version */
function etagOf(version: string | undefined): string {
  return version === undefined ? "*" : Buffer.from(version, "base64url").toString();
}

function writeFailure(error: unknown): Absent | Changed | StorageFailure {
  return storageErrorCode(error) === "UpdateConditionNotSatisfied"
    ? { kind: "changed" }
    : readFailure(error);
}
