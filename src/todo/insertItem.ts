import { createHash, randomUUID } from "node:crypto";
import type { NewTodoItem, TodoItem } from "./todoItem.ts";
import { itemOf, type TodoTable } from "./todoTable.ts";

export type Insertion =
  | { readonly kind: "inserted"; readonly item: TodoItem }
  /** The same insert came before: nobody is to be told again. */
  | { readonly kind: "repeated"; readonly item: TodoItem }
  /** Another item has this id. */
  | { readonly kind: "conflict" }
  | { readonly kind: "unavailable" };

export type InsertItem = (partition: string, item: NewTodoItem) => Promise<Insertion>;

/** Inserts items; an insert that is sent again under its id changes nothing and is answered alike. */
export function createInsertItem(table: TodoTable): InsertItem {
  return async (partition, { id = randomUUID(), text, complete }) => {
    const now = new Date().toISOString();
    const content = { id, text, complete };
    const row = {
      ...content,
      createdAt: now,
      updatedAt: now,
      contentDigest: createHash("sha256").update(JSON.stringify(content)).digest("hex"),
    };
    const inserted = await table.insert(partition, row);
    if (inserted.kind === "inserted") {
      return { kind: "inserted", item: itemOf({ ...row, version: inserted.version }) };
    }
    if (inserted.kind === "unavailable") return inserted;

    const existing = await table.get(partition, id);
    // Deleted since: the client may send it again.
    if (existing.kind !== "found") return { kind: "unavailable" };
    return existing.row.contentDigest === row.contentDigest
      ? { kind: "repeated", item: itemOf(existing.row) }
      : { kind: "conflict" };
  };
}
