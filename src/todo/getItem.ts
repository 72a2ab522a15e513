import type { TodoItem } from "./todoItem.ts";
import { type Absent, itemOf, type TodoTable, type Unavailable } from "./todoTable.ts";

export type GetItem = (
  partition: string,
  id: string,
) => Promise<{ readonly kind: "found"; readonly item: TodoItem } | Absent | Unavailable>;

export function createGetItem(table: TodoTable): GetItem {
  return async (partition, id) => {
    const found = await table.get(partition, id);
    return found.kind === "found" ? { kind: "found", item: itemOf(found.row) } : found;
  };
}
