import { dateOf } from "../../odata/date.ts";
import { type Members, passes } from "../../odata/evaluate.ts";
import type { Expression, Value, Work } from "../../odata/expression.ts";
import { membersOf, withMember } from "../../odata/fold.ts";
import { type DeletedRow, type Entry, type Row, type StoredRow, shown } from "../rowTable.ts";
import type { Table } from "../table.ts";
import { inTurn } from "./turns.ts";

/** How long a piece of a list computes before it gives way to other requests, in milliseconds. */
const pieceLength = 10;

/** The maximum number of characters that a filter looks at for one entry, since nothing else can be done meanwhile. */
const mostOfEntry = 20_000_000;

/** Returns what a filter asks of a row that is not deleted. */
export function filterOfRows(filter: Expression): Expression {
  return withMember(filter, "deleted", false);
}

/** What is known of a deleted row. */
const known: ReadonlySet<string> = new Set(["id", "updatedAt", "version"]);

/**
 * Returns what a filter asks of a deleted row: of the conditions that `and` joins, those that name only what is known of it.
 * A client must learn of the deletion whatever else the row had.
 */
function filterOfDeleted(filter: Expression): Expression {
  const own = withMember(filter, "deleted", true);
  const conditions = own.kind === "and" ? own.operands : [own];
  const operands = conditions.filter((one) => [...membersOf(one)].every((name) => known.has(name)));
  return { kind: "and", operands };
}

/**
 * Returns the entries of the deleted rows that pass a filter. Gives way to other requests while it computes.
 *
 * @returns nothing if the filter costs too much
 */
export function deletedEntries(
  table: Table,
  filter: Expression | undefined,
  rows: readonly DeletedRow[],
  work: Work,
): Promise<readonly Entry[] | undefined> {
  const entries = rows.map(({ id, updatedAt, version }) => ({
    ...{ id, updatedAt, version, deleted: true },
  }));
  return passing(table, filter && filterOfDeleted(filter), entries, work);
}

/**
 * Returns the rows that pass a filter. Gives way to other requests while it computes.
 *
 * @returns nothing if the filter costs too much
 */
export function passingRows(
  table: Table,
  filter: Expression | undefined,
  rows: readonly StoredRow[],
  work: Work,
): Promise<readonly Row[] | undefined> {
  return passing(table, filter, rows.map(shown), work);
}

async function passing<Of extends Entry>(
  table: Table,
  filter: Expression | undefined,
  entries: readonly Of[],
  work: Work,
): Promise<readonly Of[] | undefined> {
  if (filter === undefined) return entries;
  const found: Of[] = [];
  for (let index = 0; index < entries.length; ) {
    index = await inTurn(() => {
      const end = performance.now() + pieceLength;
      let next = index;
      for (; next < entries.length && performance.now() < end; next++) {
        const entry = entries[next];
        if (entry && passesAtCost(filter, comparable(table, entry), work)) found.push(entry);
        if (work.characters > work.most) return entries.length;
      }
      return next;
    });
  }
  return work.characters > work.most ? undefined : found;
}

/** Filters one entry. If that alone costs too much, all of `work` is spent. */
function passesAtCost(filter: Expression, members: Members, work: Work): boolean {
  const own = { characters: 0, most: mostOfEntry };
  const isPassing = passes(filter, members, own);
  work.characters += own.characters > own.most ? Number.POSITIVE_INFINITY : own.characters;
  return isPassing;
}

/** Returns what a filter sees of an entry: dates in the form in which they are compared. */
function comparable({ dates }: Table, entry: Entry): Members {
  const members: Record<string, Value> = { deleted: false, ...entry };
  for (const name of dates) {
    const value = members[name];
    if (typeof value === "string") members[name] = dateOf(value);
  }
  return members;
}

/** The most UTF-16 units of texts in an answer, unless one entry has more. */
const mostShown = 2_000_000;

/** Returns whether an answer has no room for more entries than these. */
export function areEnough(entries: readonly Entry[]): boolean {
  return entriesThatFit(entries) < entries.length;
}

/** Returns how many entries an answer has room for: one, at least. */
export function entriesThatFit(entries: readonly Entry[]): number {
  let characters = 0;
  for (const [index, entry] of entries.entries()) {
    characters += charactersOf(entry);
    if (characters > mostShown && index > 0) return index;
  }
  return entries.length;
}

/** Returns the length of an entry's texts, in UTF-16 units. */
export function charactersOf(entry: Entry): number {
  let characters = 0;
  for (const value of Object.values(entry)) {
    if (typeof value === "string") characters += value.length;
  }
  return characters;
}
