import { type NotWritten, onMatch } from "./onMatch.ts";
import type { Deleted, TodoTable } from "./todoTable.ts";

/** @param versions the versions of which the item must have one; without it, it is deleted as it is */
export type DeleteItem = (
  partition: string,
  id: string,
  versions?: readonly string[],
) => Promise<Deleted | NotWritten>;

export function createDeleteItem(table: TodoTable): DeleteItem {
  return (partition, id, versions) =>
    versions === undefined
      ? table.delete(partition, id)
      : onMatch(table, partition, id, versions, ({ version }) =>
          table.deleteVersion(partition, id, version),
        );
}
