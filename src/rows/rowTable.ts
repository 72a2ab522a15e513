import type { AnnouncedColumns, AnnouncedTable, Stamp } from "../delivery/announcedRow.ts";
import type { StorageFailure } from "../storage/failure.ts";
import type { MemberValue } from "./member.ts";
import type { NewMembers, Table } from "./table.ts";

/** The members that every row has, beside those of its definition. Times are UTC in ISO 8601. */
interface SystemMembers extends Stamp {
  readonly id: string;
  /** The app's own time, with milliseconds. */
  readonly createdAt: string;
}

/** What a list shows: a row, or what is left of a deleted one. */
export type Entry = Pick<SystemMembers, "id" | "updatedAt" | "version"> &
  Readonly<Record<string, MemberValue>>;

/** A row as its owner sees it: the id, the members of the definition in their order, and the other system members. */
export type Row = SystemMembers & Readonly<Record<string, MemberValue>>;

/** A row of the table, before storage has given it a version. */
export interface UnversionedRow extends Omit<SystemMembers, keyof Stamp>, AnnouncedColumns {
  readonly members: NewMembers;
  /** The app's time of the last write. An earlier release shows it for `updatedAt`. */
  readonly writtenAt: string;
}

export type StoredRow = UnversionedRow & Stamp;

/** Returns the row as its owner sees it, without the internal columns. */
export function shown({ id, members, createdAt, updatedAt, version }: StoredRow): Row {
  return { id, ...members, createdAt, updatedAt, version };
}

/** What is left of a deleted row: a mark without its content. */
export interface DeletedRow extends Stamp {
  readonly id: string;
}

/** The rows of a table. A partition holds those of one user. */
export interface RowTable extends AnnouncedTable<UnversionedRow> {
  /** Lists rows of a partition, ordered by id. */
  list(partition: string, selection: Selection): Promise<Page | StorageFailure>;
  /** Lists the marks of deleted rows, in the order of their times, and of their ids if those are equal. */
  listDeleted(
    partition: string,
    selection: DeletedSelection,
  ): Promise<DeletedPage | StorageFailure>;
  /** Removes marks of deleted rows, at most 100. */
  removeMarks(
    partition: string,
    marks: readonly DeletedRow[],
  ): Promise<{ readonly kind: "done" } | StorageFailure>;
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
  /** Deletes a row for its owner, and leaves a mark if the definition says so. @param version as of `update` */
  delete(
    partition: string,
    id: string,
    version?: string,
  ): Promise<Deleted | Absent | Changed | StorageFailure>;
  /** Deletes a row without a mark. @param version as of `update` */
  remove(
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

export interface Updated extends Stamp {
  readonly kind: "updated";
}

export interface Deleted {
  readonly kind: "deleted";
}

export interface Selection {
  /** A filter on columns, in Table Storage's filter language. */
  readonly filter?: string;
  /** Only rows whose ids come after this one. */
  readonly after?: string;
  /** Reads no other members of the definition: rows have their defaults in place of them. */
  readonly only?: readonly string[];
  /** 1 to 1,000. */
  readonly limit: number;
}

export interface DeletedSelection {
  /** Only rows that were deleted at this time or later, and up to the other, both as in `updatedAt`. */
  readonly from?: string;
  readonly to?: string;
  /** Only those after this one. */
  readonly after?: DeletedRow;
  /** 1 to 1,000. */
  readonly limit: number;
}

export interface DeletedPage {
  readonly kind: "page";
  readonly rows: readonly DeletedRow[];
  /** Whether there may be more after the last of these. */
  readonly more: boolean;
}

export interface Page {
  readonly kind: "page";
  /** At most as many rows as the limit. A page can hold fewer even if there are more rows. */
  readonly rows: readonly StoredRow[];
  /** Rows whose deletion has begun. For everybody they are gone. */
  readonly deleted: readonly DeletedRow[];
  /** Whether there may be more rows after the last of these. */
  readonly more: boolean;
  /** The last id of all of these, after which the next page begins. */
  readonly last: string | undefined;
}

export interface RowChanges {
  readonly members: NewMembers;
  readonly writtenAt: string;
}
