import type { TodoItem } from "./todoItem.ts";
import {
  type Absent,
  type Changed,
  itemOf,
  type StoredTodoRow,
  type TodoTable,
  type Unavailable,
} from "./todoTable.ts";

/** Why an item was not written. */
export type NotWritten =
  | Absent
  /** It has none of the versions that it should have. */
  | { readonly kind: "mismatch"; readonly item: TodoItem }
  | Unavailable;

/**
 * Reads a row and, where it has one of these versions, writes on the condition that it still has.
 *
 * It ends, as a row never gets a version back: each round that meets a change uses one of them up.
 */
export async function onMatch<Written extends { readonly kind: "updated" | "deleted" }>(
  table: TodoTable,
  partition: string,
  id: string,
  versions: readonly string[],
  write: (row: StoredTodoRow) => Promise<Written | Absent | Changed | Unavailable>,
): Promise<Written | NotWritten> {
  while (true) {
    const found = await table.get(partition, id);
    if (found.kind !== "found") return found;
    if (!versions.includes(found.row.version)) return { kind: "mismatch", item: itemOf(found.row) };
    const written = await write(found.row);
    if (written.kind !== "changed") return written;
  }
}
