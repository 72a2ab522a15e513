import { createHash } from "node:crypto";
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
    const row = {
      ...content,
      createdAt: now,
      updatedAt: now,
      intentId,
      contentDigest: createHash("sha256").update(JSON.stringify(content)).digest("hex"),
    };
    const inserted = await table.insert(partition, row, latest);
    if (inserted.kind === "inserted") {
      return {
        kind: "written",
        answer: { kind: "inserted", item: itemOf({ ...row, version: inserted.version }) },
      };
    }
    if (inserted.kind === "refused") return { kind: "notWritten", answer: inserted };
    if (inserted.kind === "unavailable") return { kind: "unknown", answer: inserted };

    const existing = await table.get(partition, id);
    // If the item has been deleted since, the client can retry.
    if (existing.kind !== "found") return { kind: "unknown", answer: { kind: "unavailable" } };
    const answer = { kind: "inserted" as const, item: itemOf(existing.row) };
    if (existing.row.intentId === intentId) return { kind: "written", answer };
    return existing.row.contentDigest === row.contentDigest
      ? { kind: "notWritten", answer }
      : { kind: "notWritten", answer: { kind: "conflict" } };
  };
}
