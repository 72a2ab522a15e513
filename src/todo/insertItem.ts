import { insertAnnouncedRow } from "../delivery/announcedRow.ts";
import type { Write } from "../delivery/announceInsert.ts";
import type { StorageFailure } from "../storage/failure.ts";
import type { NewTodoItem, TodoItem } from "./todoItem.ts";
import { itemOf, type TodoTable } from "./todoTable.ts";

export type Insertion =
  | { readonly kind: "inserted"; readonly item: TodoItem }
  /** Another item has this id. */
  | { readonly kind: "conflict" }
  | StorageFailure;

/**
 * Inserts an item with the id of the intent that announces it.
 *
 * @param latest the time (as of `Date.now`) after which the insert must not begin
 */
export type InsertItem = (
  partition: string,
  item: NewTodoItem,
  intentId: string,
  latest: number,
) => Promise<Write<Insertion>>;

/** Inserts items. A repeated insert with the same id and content returns the existing item. */
export function createInsertItem(table: TodoTable): InsertItem {
  return async (partition, { id, text, complete }, intentId, latest) => {
    const now = new Date().toISOString();
    const content = { id, text, complete };
    const { kind, answer } = await insertAnnouncedRow(
      table,
      partition,
      content,
      (contentDigest) => ({ ...content, createdAt: now, updatedAt: now, intentId, contentDigest }),
      latest,
    );
    if (answer.kind !== "inserted") return { kind, answer };
    return { kind, answer: { kind: "inserted", item: itemOf(answer.row) } };
  };
}
