import type { AnnouncedColumns, AnnouncedTable } from "../delivery/announcedRow.ts";
import type { StorageFailure } from "../storage/failure.ts";
import type { TodoItem } from "./todoItem.ts";

export const tableName = "TodoItem";

/** A row of the table, before storage has given it a version. */
export interface TodoRow extends Omit<TodoItem, "version">, AnnouncedColumns {}

export type StoredTodoRow = TodoRow & Pick<TodoItem, "version">;

/** Returns the item in a row, without the internal columns. */
export function itemOf({ contentDigest, intentId, ...item }: StoredTodoRow): TodoItem {
  return item;
}

/** The table of items. A partition holds the items of one user. */
export interface TodoTable extends AnnouncedTable<TodoRow> {
  /** Lists rows of a partition, ordered by id. */
  list(partition: string, selection: Selection): Promise<Page | StorageFailure>;
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
  ): Promise<Updated | Absent | Changed | StorageFailure>;
  /** Deletes a row. @param version as of `update` */
  delete(
    partition: string,
    id: string,
    version?: string,
  ): Promise<Deleted | Absent | Changed | StorageFailure>;
}

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
  readonly rows: readonly StoredTodoRow[];
  /** Whether there may be more rows after the last of these. */
  readonly more: boolean;
}

export type TodoRowChanges = Partial<Pick<TodoRow, "text" | "complete">> &
  Pick<TodoRow, "updatedAt">;
