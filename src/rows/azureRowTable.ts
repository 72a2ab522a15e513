import { odata, type TableEntity, type TableEntityResult } from "@azure/data-tables";
import {
  createAzureAnnouncedTable,
  deadline,
  readFailure,
  tableClients,
  versionOf,
} from "../delivery/azureAnnouncedTable.ts";
import { withDeadline } from "../http/deadline.ts";
import { isJsonObject } from "../http/parseJson.ts";
import {
  ForeignResponseError,
  isChanged,
  type StorageFailure,
  storageErrorCode,
  storageFailure,
} from "../storage/failure.ts";
import type { StorageClients } from "../storage/storageAccount.ts";
import { columnsOf, membersIn } from "./rowColumns.ts";
import type { Absent, Changed, RowChanges, RowTable, RowTables, StoredRow } from "./rowTable.ts";
import type { Table } from "./table.ts";

/**
 * The time limit of a query, in milliseconds. Storage searches for up to 5 s and then returns what it
 * has found (https://learn.microsoft.com/rest/api/storageservices/query-timeout-and-pagination).
 */
const queryDeadline = 10_000;

/** The columns of every row, beside those of its members. */
interface SystemColumns {
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly contentDigest: string;
  readonly intentId: string;
}

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

  function rowOf(entity: SystemColumns & { readonly rowKey?: string }) {
    const { rowKey: id = "", createdAt, updatedAt, contentDigest, intentId } = entity;
    return {
      ...{ id, createdAt, updatedAt, contentDigest, intentId },
      members: membersIn(table, entity),
    };
  }

  function storedRowOf(entity: TableEntityResult<SystemColumns>): StoredRow {
    return { ...rowOf(entity), version: versionOf(entity.etag) };
  }

  return {
    ...createAzureAnnouncedTable(clients, {
      rowOf,
      columnsOf: ({ id: _, members, ...columns }) => ({ ...columnsOf(members), ...columns }),
    }),

    async list(partition, { filter, after, limit }) {
      const conditions = [odata`PartitionKey eq ${partition}`];
      if (after !== undefined) conditions.push(odata`RowKey gt ${after}`);
      if (filter !== undefined) conditions.push(`(${filter})`);
      const entities = reader.listEntities<SystemColumns>({
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
      try {
        // A row has no column for a member that is null, and to merge cannot remove one.
        if (Object.values(changes.members).includes(null)) {
          return await replace(partition, id, changes, version);
        }
        const { members, updatedAt } = changes;
        const entity = {
          partitionKey: partition,
          rowKey: id,
          ...columnsOf(members),
          updatedAt,
        };
        const etag = etagOf(version);
        const updated = await withDeadline(deadline, (abortSignal) =>
          writer.updateEntity(entity, "Merge", { etag, abortSignal }),
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
          writer.deleteEntity(partition, id, { etag, abortSignal }),
        );
        return { kind: "deleted" };
      } catch (error) {
        return writeFailure(error);
      }
    },
  };

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
        const current = versionOf(etag);
        if (version !== undefined && version !== current) return { kind: "changed" } as const;
        const kept = Object.entries(columns)
          .filter(([name]) => !name.startsWith("odata.") && changes.members[name] !== null)
          .map(([name, column]) => [name, asDouble(column)]);
        const entity: TableEntity = {
          ...Object.fromEntries(kept),
          ...columnsOf(changes.members),
          updatedAt: changes.updatedAt,
          partitionKey: partition,
          rowKey: id,
        };
        try {
          const updated = await writer.updateEntity(entity, "Replace", { etag, abortSignal });
          return { kind: "updated", version: versionOf(updated.etag) } as const;
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
