import type { Table } from "./rows/table.ts";
import { todoItem } from "./tables/todoItem.ts";

/** The tables of the app. Each has a file in `tables/`. */
export const tables: readonly Table[] = [todoItem];
