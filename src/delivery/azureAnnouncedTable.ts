import type { TableClient, TableEntityResult } from "@azure/data-tables";
import { withDeadline } from "../http/deadline.ts";
import { readDate } from "../odata/date.ts";
import {
  ForeignResponseError,
  isAbsent,
  type StorageFailure,
  storageErrorCode,
  storageFailure,
} from "../storage/failure.ts";
import type { StorageClients } from "../storage/storageAccount.ts";
import type { AnnouncedColumns, AnnouncedTable, Stamp } from "./announcedRow.ts";

/** The time limit of one call to storage, in milliseconds. */
export const deadline = 5_000;

/** How the rows of a table become columns, and columns rows. */
export interface RowMapping<Row extends AnnouncedColumns, Columns extends object> {
  /** Returns the row in the columns that storage returned; it must name each, because storage adds its own. */
  readonly rowOf: (columns: TableEntityResult<Columns>) => Row;
  /** Returns the columns of a row, without its keys. */
  readonly columnsOf: (row: Row) => Record<string, unknown>;
}

/** The clients of an Azure table. */
export interface TableClients {
  readonly writer: TableClient;
  readonly reader: TableClient;
}

/**
 * Returns the clients of a table. Writes are not retried by the client: the retry of an insert that succeeded would get a
 * 409. Reads are retried once: storage may have closed an idle connection, which shows only when it is used.
 */
export function tableClients(storage: StorageClients, name: string): TableClients {
  return {
    writer: storage.table(name, { retryOptions: { maxRetries: 0 } }),
    reader: storage.table(name, { retryOptions: { maxRetries: 1, retryDelayInMs: 100 } }),
  };
}

/** Stores rows in an Azure table. */
export function createAzureAnnouncedTable<Row extends AnnouncedColumns, Columns extends object>(
  { writer: client, reader }: TableClients,
  { rowOf, columnsOf }: RowMapping<Row, Columns>,
): AnnouncedTable<Row> {
  return {
    async insert(partition, row, latest) {
      const entity = { partitionKey: partition, rowKey: row.id, ...columnsOf(row) };
      const insert = async () => {
        const { etag } = await withDeadline(deadline, (abortSignal) =>
          client.createEntity(entity, { abortSignal }),
        );
        return { kind: "inserted", ...stampOf(etag) } as const;
      };
      if (Date.now() > latest) return { kind: "unavailable" };
      try {
        return await insert();
      } catch (error) {
        if (storageErrorCode(error) !== "TableNotFound") return insertFailure(error);
      }
      try {
        await withDeadline(deadline, (abortSignal) => client.createTable({ abortSignal }));
        if (Date.now() > latest) return { kind: "unavailable" };
        return await insert();
      } catch (error) {
        return insertFailure(error);
      }
    },

    async get(partition, id) {
      try {
        const entity = await withDeadline(deadline, (abortSignal) =>
          reader.getEntity<Columns>(partition, id, { abortSignal }),
        );
        return { kind: "found", row: { ...rowOf(entity), ...stampOf(entity.etag) } };
      } catch (error) {
        return readFailure(error);
      }
    },
  };
}

/**
 * Reads an entity tag of storage, which holds the time of the write, such as `W/"datetime'2013-08-22T01%3A12%3A06.2608595Z'"`.
 * The version is the tag in characters that are safe in URLs and headers.
 */
export function stampOf(etag: string | undefined): Stamp {
  const [, encoded] = /^W\/"datetime'([\w.%-]+)'"$/.exec(etag ?? "") ?? [];
  const time = encoded === undefined ? undefined : readDate(decodeURIComponent(encoded));
  if (etag === undefined || time === undefined) {
    throw new ForeignResponseError("A response has no entity tag of storage.");
  }
  return { version: Buffer.from(etag).toString("base64url"), updatedAt: `${time}Z` };
}

/** Maps an error of a read or write to a result. The table is missing before the first insert. */
export function readFailure(error: unknown): { readonly kind: "absent" } | StorageFailure {
  return isAbsent(error) ? { kind: "absent" } : storageFailure(error);
}

function insertFailure(error: unknown): { readonly kind: "exists" } | StorageFailure {
  return storageErrorCode(error) === "EntityAlreadyExists"
    ? { kind: "exists" }
    : storageFailure(error);
}
