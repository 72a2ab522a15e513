import { odata, type TableEntity, type TableEntityResult } from "@azure/data-tables";
import { withDeadline } from "../http/deadline.ts";
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

/**
 * Stores items in the Azure table `TodoItem`. An insert creates the table if it is missing.
 * Writes are not retried by the client: the retry of an insert that succeeded would get a 409. Reads are
 * retried once: storage may have closed an idle connection, which shows only when the connection is used.
 */
export function createAzureTodoTable(storage: StorageClients): TodoTable {
  const client = storage.table(tableName, { retryOptions: { maxRetries: 0 } });
  const reader = storage.table(tableName, { retryOptions: { maxRetries: 1, retryDelayInMs: 100 } });

  async function insert(entity: TableEntity<object>): Promise<string> {
    const { etag } = await withDeadline(deadline, (abortSignal) =>
      client.createEntity(entity, { abortSignal }),
    );
    return versionOf(etag);
  }

  return {
    async insert(partition, { id, ...columns }, latest) {
      const entity = { partitionKey: partition, rowKey: id, ...columns };
      if (Date.now() > latest) return { kind: "unavailable" };
      try {
        return { kind: "inserted", version: await insert(entity) };
      } catch (error) {
        if (storageErrorCode(error) !== "TableNotFound") return insertFailure(error);
      }
      try {
        await withDeadline(deadline, (abortSignal) => client.createTable({ abortSignal }));
        if (Date.now() > latest) return { kind: "unavailable" };
        return { kind: "inserted", version: await insert(entity) };
      } catch (error) {
        return insertFailure(error);
      }
    },

    async get(partition, id) {
      try {
        const entity = await withDeadline(deadline, (abortSignal) =>
          reader.getEntity<Columns>(partition, id, { abortSignal }),
        );
        return { kind: "found", row: rowOf(entity) };
      } catch (error) {
        return failure(error);
      }
    },

    async list(partition, { filter, after, limit }) {
      const conditions = [odata`PartitionKey eq ${partition}`];
      if (after !== undefined) conditions.push(odata`RowKey gt ${after}`);
      if (filter !== undefined) conditions.push(`(${filter})`);
      const entities = reader.listEntities<Columns>({
        queryOptions: { filter: conditions.join(" and ") },
        abortSignal: AbortSignal.timeout(queryDeadline),
        // The client takes a response without rows for an empty list.
        onResponse({ status, parsedBody }) {
          if (status === 200 && !Array.isArray(parsedBody?.value)) {
            throw new ForeignResponseError("A response is no list.");
          }
        },
      });
      try {
        for await (const page of entities.byPage({ maxPageSize: limit })) {
          const more = page.continuationToken !== undefined;
          // Storage may return an empty page and still have more rows. An empty page has no last row to
          // continue after.
          if (page.length > 0 || !more) return { kind: "page", rows: page.map(rowOf), more };
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

/** The columns that storage returns for each row. */
type Columns = Omit<TodoRow, "id"> & { readonly rowKey: string };

function rowOf(entity: TableEntityResult<Columns>): StoredTodoRow {
  const { rowKey: id, text, complete, createdAt, updatedAt, contentDigest, intentId } = entity;
  const row = { id, text, complete, createdAt, updatedAt, contentDigest, intentId };
  return { ...row, version: versionOf(entity.etag) };
}

/** Encodes an entity tag of storage in characters that are safe in URLs and headers. */
function versionOf(etag: string | undefined): string {
  if (!etag) throw new ForeignResponseError("A response has no entity tag.");
  return Buffer.from(etag).toString("base64url");
}

/** @param version without one, the entity tag that matches every version */
function etagOf(version: string | undefined): string {
  return version === undefined ? "*" : Buffer.from(version, "base64url").toString();
}

function writeFailure(error: unknown): Absent | Changed | StorageFailure {
  return storageErrorCode(error) === "UpdateConditionNotSatisfied"
    ? { kind: "changed" }
    : failure(error);
}

/** Maps an error of a read or write to a result. The table is missing before the first insert. */
function failure(error: unknown): Absent | StorageFailure {
  return storageErrorCode(error) === "ResourceNotFound" ||
    storageErrorCode(error) === "TableNotFound"
    ? { kind: "absent" }
    : storageFailure(error);
}

function insertFailure(error: unknown): { readonly kind: "exists" } | StorageFailure {
  return storageErrorCode(error) === "EntityAlreadyExists"
    ? { kind: "exists" }
    : storageFailure(error);
}
