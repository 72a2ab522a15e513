import type { StorageFailure } from "../storage/failure.ts";
import type { TodoItem, TodoItemChanges } from "./todoItem.ts";
import {
  type Absent,
  type Changed,
  type Deleted,
  itemOf,
  type StoredTodoRow,
  type TodoTable,
} from "./todoTable.ts";

/** Why an item was not written. */
export type NotWritten =
  | Absent
  /** The item has none of the versions that the client named. */
  | { readonly kind: "mismatch"; readonly item: TodoItem }
  | StorageFailure;

export type GetItem = (
  partition: string,
  id: string,
) => Promise<{ readonly kind: "found"; readonly item: TodoItem } | Absent | StorageFailure>;

/** @param versions the item must have one of them; without them, any version is changed */
export type UpdateItem = (
  partition: string,
  id: string,
  changes: TodoItemChanges,
  versions?: readonly string[],
) => Promise<{ readonly kind: "updated"; readonly item: TodoItem } | NotWritten>;

/** @param versions the item must have one of them; without them, any version is deleted */
export type DeleteItem = (
  partition: string,
  id: string,
  versions?: readonly string[],
) => Promise<Deleted | NotWritten>;

export function createGetItem(table: TodoTable): GetItem {
  return async (partition, id) => {
    const found = await table.get(partition, id);
    return found.kind === "found" ? { kind: "found", item: itemOf(found.row) } : found;
  };
}

/** Changes the members that the client sent. Other members keep what concurrent requests write into them. */
export function createUpdateItem(table: TodoTable): UpdateItem {
  return async (partition, id, changes, versions) => {
    const columns = { ...changes, updatedAt: new Date().toISOString() };
    const unchanged = Object.keys(changes).length === 0;
    if (versions !== undefined) {
      return writeIfVersionMatches(table, partition, id, versions, async (row) => {
        if (unchanged) return { kind: "updated", item: itemOf(row) };
        const updated = await table.update(partition, id, columns, row.version);
        if (updated.kind !== "updated") return updated;
        return { kind: "updated", item: { ...itemOf(row), ...columns, version: updated.version } };
      });
    }

    const updated = unchanged ? undefined : await table.update(partition, id, columns);
    // Not reached: without a version the write is unconditional.
    if (updated?.kind === "changed") return { kind: "unavailable" };
    if (updated !== undefined && updated.kind !== "updated") return updated;
    const found = await table.get(partition, id);
    if (found.kind !== "found") return found;
    // Another request may have written since. The response shows what this one wrote, under its version.
    const written = updated && { ...columns, version: updated.version };
    return { kind: "updated", item: { ...itemOf(found.row), ...written } };
  };
}

export function createDeleteItem(table: TodoTable): DeleteItem {
  return async (partition, id, versions) => {
    if (versions !== undefined) {
      return writeIfVersionMatches(table, partition, id, versions, ({ version }) =>
        table.delete(partition, id, version),
      );
    }
    const deleted = await table.delete(partition, id);
    // As above.
    return deleted.kind === "changed" ? { kind: "unavailable" } : deleted;
  };
}

/**
 * Reads a row and, if it has one of these versions, writes on the condition that it still has that version.
 *
 * The loop ends, because a row never gets a version back: each round that meets a change uses one up.
 */
async function writeIfVersionMatches<Written extends { readonly kind: "updated" | "deleted" }>(
  table: TodoTable,
  partition: string,
  id: string,
  versions: readonly string[],
  write: (row: StoredTodoRow) => Promise<Written | Absent | Changed | StorageFailure>,
): Promise<Written | NotWritten> {
  while (true) {
    const found = await table.get(partition, id);
    if (found.kind !== "found") return found;
    if (!versions.includes(found.row.version)) return { kind: "mismatch", item: itemOf(found.row) };
    const written = await write(found.row);
    if (written.kind !== "changed") return written;
  }
}
