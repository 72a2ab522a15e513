import { tableName as switchTable } from "./delivery/sendSwitch.ts";
import { tableName as forgottenUserTable } from "./forgetting/forgottenUsers.ts";
import { tableName as messageTable } from "./messages/messageTable.ts";
import type { Table } from "./rows/table.ts";
import { tables } from "./tables.ts";

/** A table in storage, and what has to be done with it. Whatever walks over the app's storage walks over this list. */
export type StoredTable =
  /** Rows of users, each user in a partition: a user who is forgotten loses the partition. */
  | { readonly kind: "rows"; readonly name: string; readonly table: Table }
  /** Messages of trusted backends, whose results are recorded. An operator forgets them by their audience. */
  | { readonly kind: "messages"; readonly name: string }
  /** Marks of forgotten users, which go by themselves. */
  | { readonly kind: "marks"; readonly name: string }
  /** The operator's switch. Nothing of a user is in it. */
  | { readonly kind: "switch"; readonly name: string };

/** The tables that the app has beside those of `tables.ts`. */
const own: readonly StoredTable[] = [
  { kind: "messages", name: messageTable },
  { kind: "marks", name: forgottenUserTable },
  { kind: "switch", name: switchTable },
];

export const ownTables: readonly string[] = own.map(({ name }) => name);

/** The tables whose rows are messages. */
export const messageTables: ReadonlySet<string> = new Set(
  own.flatMap(({ kind, name }) => (kind === "messages" ? [name] : [])),
);

export const storedTables: readonly StoredTable[] = [
  ...tables.map((table) => ({ kind: "rows", name: table.name, table }) as const),
  ...own,
];
