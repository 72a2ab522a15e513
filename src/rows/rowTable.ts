import type { AnnouncedColumns, AnnouncedTable } from "../delivery/announcedRow.ts";
import type { StorageFailure } from "../storage/failure.ts";
import type { MemberValue } from "./member.ts";
import type { NewMembers, Table } from "./table.ts";

/** The members that every row has, beside those of its definition. Times are UTC with milliseconds, in ISO 8601. */
interface SystemMembers {
  readonly id: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  /** Changes with every write. In quotes, it is the entity tag of a response. */
  readonly version: string;
}

/** A row as its owner sees it: the id, the members of the definition in their order, and the other system members. */
export type Row = SystemMembers & Readonly<Record<string, MemberValue>>;

/** A row of the table, before storage has given it a version. */
export interface UnversionedRow extends Omit<SystemMembers, "version">, AnnouncedColumns {
  readonly members: NewMembers;
}

export type StoredRow = UnversionedRow & Pick<SystemMembers, "version">;

/** Returns the row as its owner sees it, without the internal columns. */
export function shown({ id, members, createdAt, updatedAt, version }: StoredRow): Row {
  return { id, ...members, createdAt, updatedAt, version };
}

/** The rows of a table. A partition holds those of one user. */
export interface RowTable extends AnnouncedTable<UnversionedRow> {
  /** Lists rows of a partition, ordered by id. */
  list(partition: string, selection: Selection): Promise<Page | StorageFailure>;
  /**
   * Changes these members of a row, to null too. Other columns keep what concurrent requests write into them.
   *
   * @param version the version that the row must still have; without it, every version is written over and the
   * result is never `changed`
   */
  update(
    partition: string,
    id: string,
    changes: RowChanges,
    version?: string,
  ): Promise<Updated | Absent | Changed | StorageFailure>;
  /** Deletes a row. @param version as of `update` */
  delete(
    partition: string,
    id: string,
    version?: string,
  ): Promise<Deleted | Absent | Changed | StorageFailure>;
}

/** Returns the rows of a table: the same for each call with it. */
export type RowTables = (table: Table) => RowTable;

export interface Absent {
  readonly kind: "absent";
}

/** The row has another version now. */
export interface Changed {
  readonly kind: "changed";
}

export interface Updated {
  readonly kind: "updated";
  readonly version: string;
}

export interface Deleted {
  readonly kind: "deleted";
}

export interface Selection {
  /** A filter on columns, in Table Storage's filter language. */
  readonly filter?: string;
  /** Only rows whose ids come after this one. */
  readonly after?: string;
  /** 1 to 1,000. */
  readonly limit: number;
}

export interface Page {
  readonly kind: "page";
  /** At most as many rows as the limit. A page can hold fewer even if there are more rows. */
  readonly rows: readonly StoredRow[];
  /** Whether there may be more rows after the last of these. */
  readonly more: boolean;
}

export interface RowChanges {
  readonly members: NewMembers;
  readonly updatedAt: string;
}
