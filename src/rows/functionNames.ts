import type { Table } from "./table.ts";

/** The names of a table's functions, such as `insertTodoItem` and `listTodoItems`. */
export function functionNames({ name, plural }: Pick<Table, "name" | "plural">) {
  return {
    insert: `insert${name}`,
    list: `list${plural}`,
    get: `get${name}`,
    update: `update${name}`,
    delete: `delete${name}`,
  };
}
