import type { TodoItem } from "./todoItem.ts";

export const tableName = "TodoItem";

/** A row of the table, before storage has given it a version. */
export interface TodoRow extends Omit<TodoItem, "version"> {
  /** A digest of what the client inserted: it tells a repeated insert from another one. */
  readonly contentDigest: string;
  /** The id of the intent that announced the insert. */
  readonly intentId: string;
}

export type StoredTodoRow = TodoRow & Pick<TodoItem, "version">;

/** A row as its owner sees it. */
export function itemOf({ contentDigest, intentId, ...item }: StoredTodoRow): TodoItem {
  return item;
}

/** Storage is out of reach, or did not answer in time: whether it did what it was asked is unknown. */
export interface Unavailable {
  readonly kind: "unavailable";
}

/** What items need of storage. A partition holds one user's items. */
export interface TodoTable {
  /**
   * Inserts a row, in one try of at most 5 s.
   *
   * @param latest the time (as of `Date.now`) after which it must not begin
   */
  insert(
    partition: string,
    row: TodoRow,
    latest: number,
  ): Promise<
    | { readonly kind: "inserted"; readonly version: string }
    | { readonly kind: "exists" }
    | Unavailable
  >;
  get(
    partition: string,
    id: string,
  ): Promise<{ readonly kind: "found"; readonly row: StoredTodoRow } | Absent | Unavailable>;
  /** Rows of a partition in the order of their ids. */
  list(partition: string, selection: Selection): Promise<Page | Unavailable>;
  /**
   * Changes these columns of a row. Other columns keep what concurrent requests write into them.
   *
   * @param version the version that the row must still have; without it, the write is unconditional and the
   * result is never `changed`
   */
  update(
    partition: string,
    id: string,
    changes: TodoRowChanges,
    version?: string,
  ): Promise<Updated | Absent | Changed | Unavailable>;
  /** Deletes a row. @param version as of `update` */
  delete(
    partition: string,
    id: string,
    version?: string,
  ): Promise<Deleted | Absent | Changed | Unavailable>;
}

export interface Absent {
  readonly kind: "absent";
}

/** The row has another version by now. */
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
  /** A filter on columns in Table Storage's own language. */
  readonly filter?: string;
  /** Only rows whose ids come after this one. */
  readonly after?: string;
  /** 1 to 1,000. */
  readonly limit: number;
}

export interface Page {
  readonly kind: "page";
  /** As many as the limit at most; there can be fewer although there is more. */
  readonly rows: readonly StoredTodoRow[];
  /** Whether there may be more after the last of these rows. */
  readonly more: boolean;
}

export type TodoRowChanges = Partial<Pick<TodoRow, "text" | "complete">> &
  Pick<TodoRow, "updatedAt">;
