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
  ): Promise<
    | { readonly kind: "found"; readonly row: StoredTodoRow }
    | { readonly kind: "absent" }
    | Unavailable
  >;
}
