import { odata, type TableEntity, type TableEntityResult } from "@azure/data-tables";
import type { Stamp } from "../delivery/announcedRow.ts";
import {
  createAzureAnnouncedTable,
  deadline,
  readFailure,
  stampOf,
  tableClients,
} from "../delivery/azureAnnouncedTable.ts";
import { withDeadline } from "../http/deadline.ts";
import { isJsonObject } from "../http/parseJson.ts";
import {
  ForeignResponseError,
  isAbsent,
  isChanged,
  type StorageFailure,
  storageErrorCode,
  storageFailure,
} from "../storage/failure.ts";
import type { StorageClients } from "../storage/storageAccount.ts";
import { columnsOf, membersIn } from "./rowColumns.ts";
import type {
  Absent,
  Changed,
  DeletedRow,
  RowChanges,
  RowTable,
  RowTables,
  StoredRow,
  UnversionedRow,
} from "./rowTable.ts";
import type { Table } from "./table.ts";

/**
 * The time limit of a query, in milliseconds. Storage searches for up to 5 s and then returns what it
 * has found (https://learn.microsoft.com/rest/api/storageservices/query-timeout-and-pagination).
 */
const queryDeadline = 10_000;

/** The columns of every row, beside those of its members. */
interface SystemColumns {
  readonly createdAt: string;
  /** Of this app's clock. An earlier release shows it. */
  readonly updatedAt: string;
  readonly contentDigest: string;
  readonly intentId: string;
  /** Of a row whose deletion has begun: for everybody it is gone, but for an earlier release. */
  readonly isDeleted?: boolean;
}

interface FlaggedRow extends UnversionedRow {
  readonly isDeleted?: boolean;
}

/**
 * Returns the partition of the marks of deleted rows. An earlier release, which shows whole partitions, never reads it. A mark
 * has no columns: its key holds the time of the deletion and the id, so that the keys have the order of a pull, and each
 * deletion of an id has a mark of its own, which no late write of another can replace.
 */
function marksOf(partition: string): string {
  return `${partition}-deleted`;
}

function markKeyOf({ updatedAt, id }: Pick<DeletedRow, "updatedAt" | "id">): string {
  return `${updatedAt}_${id}`;
}

function deletedRowOf({ entity: { rowKey = "" }, stamp }: Found<object>): DeletedRow {
  const length = "2013-01-01T00:00:00.0000000Z".length;
  const [updatedAt, id] = [rowKey.slice(0, length), rowKey.slice(length + 1)];
  return { id, updatedAt, version: stamp.version };
}

interface Found<Columns extends object> {
  readonly entity: TableEntityResult<Columns>;
  readonly stamp: Stamp;
}

/** The columns that a list of rows without their members reads. Without the time there is no entity tag. */
const thin = ["RowKey", "Timestamp", "createdAt", "isDeleted"];

/** Stores the rows of each table in the Azure table of its name, with the same clients at each call. */
export function createAzureRowTables(storage: StorageClients): RowTables {
  const created = new Map<Table, RowTable>();
  return (table) => {
    const found = created.get(table) ?? createAzureRowTable(storage, table);
    created.set(table, found);
    return found;
  };
}

/** An insert creates the Azure table if it is missing. */
export function createAzureRowTable(storage: StorageClients, table: Table): RowTable {
  const clients = tableClients(storage, table.name);
  const { writer, reader } = clients;

  /** Columns that were not selected are empty. */
  function rowOf(entity: Partial<SystemColumns> & { readonly rowKey?: string }): FlaggedRow {
    const { rowKey: id = "", createdAt = "", updatedAt: writtenAt = "" } = entity;
    const { contentDigest = "", intentId = "", isDeleted } = entity;
    const members = membersIn(table, entity);
    return {
      ...{ id, members, createdAt, writtenAt, contentDigest, intentId },
      ...(isDeleted && { isDeleted }),
    };
  }

  const announced = createAzureAnnouncedTable<FlaggedRow, SystemColumns>(clients, {
    rowOf,
    columnsOf: ({ id: _, members, writtenAt, ...columns }) => ({
      ...columnsOf(members),
      ...columns,
      updatedAt: writtenAt,
    }),
  });

  return {
    ...announced,

    async get(partition, id) {
      const found = await announced.get(partition, id);
      if (found.kind !== "found" || !found.row.isDeleted) return found;
      const finished = await finishDeletion(partition, id, found.row);
      return finished.kind === "done" ? { kind: "absent" } : finished;
    },

    async list(partition, { filter, after, limit, only }) {
      const conditions = [odata`PartitionKey eq ${partition}`];
      if (after !== undefined) conditions.push(odata`RowKey gt ${after}`);
      if (filter !== undefined) conditions.push(`(${filter})`);
      const page = await query<SystemColumns>(conditions, limit, only && [...thin, ...only]);
      if (page.kind !== "page") return page;
      const rows: StoredRow[] = [];
      const deleted: DeletedRow[] = [];
      for (const { entity, stamp } of page.found) {
        if (entity.isDeleted === true) deleted.push({ id: entity.rowKey ?? "", ...stamp });
        else rows.push({ ...rowOf(entity), ...stamp });
      }
      return {
        kind: "page",
        rows,
        deleted,
        more: page.more,
        last: page.found.at(-1)?.entity.rowKey,
      };
    },

    async listDeleted(partition, { from, to, after, limit }) {
      const conditions = [odata`PartitionKey eq ${marksOf(partition)}`];
      if (after !== undefined) conditions.push(odata`RowKey gt ${markKeyOf(after)}`);
      if (from !== undefined) conditions.push(odata`RowKey ge ${from}`);
      // The character after the one that ends the time.
      if (to !== undefined) conditions.push(odata`RowKey lt ${`${to}\u0060`}`);
      const page = await query<object>(conditions, limit);
      if (page.kind !== "page") return page;
      return { kind: "page", rows: page.found.map(deletedRowOf), more: page.more };
    },

    async removeMarks(partition, marks) {
      try {
        await Promise.all(
          marks.map((mark) =>
            withDeadline(deadline, (abortSignal) =>
              writer.deleteEntity(marksOf(partition), markKeyOf(mark), { abortSignal }),
            ).catch((error: unknown) => {
              if (!isAbsent(error)) throw error;
            }),
          ),
        );
        return { kind: "done" };
      } catch (error) {
        return storageFailure(error);
      }
    },

    async update(partition, id, changes, version) {
      try {
        // A row has no column for a member that is null, and to merge cannot remove one.
        if (Object.values(changes.members).includes(null)) {
          return await replace(partition, id, changes, version);
        }
        const entity = {
          partitionKey: partition,
          rowKey: id,
          ...columnsOf(changes.members),
          updatedAt: changes.writtenAt,
        };
        const etag = etagOf(version);
        const updated = await withDeadline(deadline, (abortSignal) =>
          writer.updateEntity(entity, "Merge", { etag, abortSignal }),
        );
        return { kind: "updated", ...stampOf(updated.etag) };
      } catch (error) {
        return writeFailure(error);
      }
    },

    async delete(partition, id, version) {
      if (!table.softDelete) return remove(partition, id, version);
      const entity = { partitionKey: partition, rowKey: id, isDeleted: true };
      let stamp: Stamp;
      try {
        const { etag } = await withDeadline(deadline, (abortSignal) =>
          writer.updateEntity(entity, "Merge", { etag: etagOf(version), abortSignal }),
        );
        stamp = stampOf(etag);
      } catch (error) {
        return writeFailure(error);
      }
      const finished = await finishDeletion(partition, id, stamp);
      return finished.kind === "done" ? { kind: "deleted" } : finished;
    },

    remove,
  };

  async function remove(partition: string, id: string, version?: string) {
    const etag = etagOf(version);
    try {
      await withDeadline(deadline, (abortSignal) =>
        writer.deleteEntity(partition, id, { etag, abortSignal }),
      );
      return { kind: "deleted" } as const;
    } catch (error) {
      return writeFailure(error);
    }
  }

  /**
   * Finishes the deletion of a row that says that it is being deleted. From that write on it is deleted, at the time that
   * storage gave to that write, which is in the order of all writes of the partition. So a pull meets the row or its
   * mark, whenever this ends; and what was killed in between is finished by the next request that meets the row.
   */
  async function finishDeletion(
    partition: string,
    id: string,
    { version, updatedAt }: Stamp,
  ): Promise<{ readonly kind: "done" } | StorageFailure> {
    const mark = { partitionKey: marksOf(partition), rowKey: markKeyOf({ id, updatedAt }) };
    try {
      await withDeadline(deadline, (abortSignal) =>
        writer.upsertEntity(mark, "Replace", { abortSignal }),
      );
    } catch (error) {
      return storageFailure(error);
    }
    const removed = await remove(partition, id, version);
    if (removed.kind === "unavailable" || removed.kind === "refused") return removed;
    if (removed.kind !== "changed") return { kind: "done" };
    // A change was on its way when the deletion began, or another request has finished and the id has a new row.
    const found = await announced.get(partition, id);
    if (found.kind === "found" && found.row.isDeleted) {
      return finishDeletion(partition, id, found.row);
    }
    return found.kind === "found" || found.kind === "absent" ? { kind: "done" } : found;
  }

  /** Reads the first page of a query that has a row. A table is missing before its first row. */
  async function query<Columns extends object>(
    conditions: readonly string[],
    limit: number,
    select?: string[],
  ): Promise<
    | {
        readonly kind: "page";
        readonly found: readonly Found<Columns>[];
        readonly more: boolean;
      }
    | StorageFailure
  > {
    const entities = reader.listEntities<Columns>({
      queryOptions: { filter: conditions.join(" and "), ...(select && { select }) },
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
        if (page.length > 0 || !more) {
          const found = page.map((entity) => ({ entity, stamp: stampOf(entity.etag) }));
          return { kind: "page", found, more };
        }
      }
    } catch (error) {
      if (storageErrorCode(error) !== "TableNotFound") return storageFailure(error);
    }
    return { kind: "page", found: [], more: false };
  }

  /**
   * Writes a row as a whole, without the columns of members that become null, unless it has changed since it was read.
   * Without a version it reads and writes until no other write comes between, in the time of one call.
   */
  function replace(partition: string, id: string, changes: RowChanges, version?: string) {
    return withDeadline(deadline, async (abortSignal) => {
      for (;;) {
        // With types, so that every column is written back as it was.
        const found = await reader.getEntity<Record<string, unknown>>(partition, id, {
          abortSignal,
          disableTypeConversion: true,
        });
        const { etag, timestamp: _, ...columns } = found;
        const flag: unknown = Reflect.get(columns, "isDeleted");
        if (String(Object(flag).value ?? flag) === "true") return { kind: "absent" } as const;
        const current = stampOf(etag).version;
        if (version !== undefined && version !== current) return { kind: "changed" } as const;
        const kept = Object.entries(columns)
          .filter(([name]) => !name.startsWith("odata.") && changes.members[name] !== null)
          .map(([name, column]) => [name, asDouble(column)]);
        const entity: TableEntity = {
          ...Object.fromEntries(kept),
          ...columnsOf(changes.members),
          updatedAt: changes.writtenAt,
          partitionKey: partition,
          rowKey: id,
        };
        try {
          const updated = await writer.updateEntity(entity, "Replace", { etag, abortSignal });
          return { kind: "updated", ...stampOf(updated.etag) } as const;
        } catch (error) {
          if (version !== undefined || !isChanged(error)) throw error;
        }
      }
    });
  }
}

/** The SDK takes every whole number that it reads for an Edm.Int32, which 3,000,000,000 is not: a row has only Edm.Double. */
function asDouble(column: unknown): unknown {
  const isInt32 =
    typeof column === "object" && column !== null && "type" in column && column.type === "Int32";
  return isInt32 ? { ...column, type: "Double" } : column;
}

/** @param version without one, the entity tag that matches every version */
function etagOf(version: string | undefined): string {
  return version === undefined ? "*" : Buffer.from(version, "base64url").toString();
}

function writeFailure(error: unknown): Absent | Changed | StorageFailure {
  return isChanged(error) ? { kind: "changed" } : readFailure(error);
}
