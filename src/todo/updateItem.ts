import { type NotWritten, onMatch } from "./onMatch.ts";
import type { TodoItem, TodoItemChanges } from "./todoItem.ts";
import { itemOf, type TodoTable } from "./todoTable.ts";

export type Update = { readonly kind: "updated"; readonly item: TodoItem } | NotWritten;

/** @param versions the versions of which the item must have one; without it, it is changed as it is */
export type UpdateItem = (
  partition: string,
  id: string,
  changes: TodoItemChanges,
  versions?: readonly string[],
) => Promise<Update>;

/** Changes members of items; the others keep what anybody else writes into them meanwhile. */
export function createUpdateItem(table: TodoTable): UpdateItem {
  return async (partition, id, changes, versions) => {
    const columns = { ...changes, updatedAt: new Date().toISOString() };
    const unchanged = Object.keys(changes).length === 0;
    if (versions !== undefined) {
      return onMatch(table, partition, id, versions, async (row) => {
        if (unchanged) return { kind: "updated", item: itemOf(row) };
        const updated = await table.updateVersion(partition, id, row.version, columns);
        if (updated.kind !== "updated") return updated;
        return { kind: "updated", item: { ...itemOf(row), ...columns, version: updated.version } };
      });
    }

    const updated = unchanged ? undefined : await table.update(partition, id, columns);
    if (updated !== undefined && updated.kind !== "updated") return updated;
    const found = await table.get(partition, id);
    if (found.kind !== "found") return found;
    // Somebody may have written since. The answer shows what was written here, under its version.
    const written = updated && { ...columns, version: updated.version };
    return { kind: "updated", item: { ...itemOf(found.row), ...written } };
  };
}
