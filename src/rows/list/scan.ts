import type { Expression, Work } from "../../odata/expression.ts";
import type { StorageFailure } from "../../storage/failure.ts";
import type { DeletedRow, Entry, RowTable } from "../rowTable.ts";
import type { Table } from "../table.ts";
import { charactersOf, deletedEntries, passingRows } from "./entry.ts";
import { comparePositions, type Position, positionOf, type SortKey } from "./position.ts";
import { inTurn } from "./turns.ts";

/** The maximum number of rows that a scan reads. */
export const mostRead = 10_000;

/** The maximum number of rows that storage returns at once: whole ones, and ones without most of their members. */
const mostRows = 500;
const mostThinRows = 1_000;

/** The maximum number of characters of texts that a scan keeps. */
const mostKept = 4_000_000;

/** The part of the ordered entries that is wanted. */
export interface Wanted {
  readonly order: readonly SortKey[];
  /** Only entries after this position. */
  readonly after?: Position;
  readonly skip: number;
  readonly limit: number;
}

export interface ScanOptions extends Wanted {
  /** What storage filters, in its own language. */
  readonly sent?: string;
  /** What is filtered here, of rows. */
  readonly rest?: Expression;
  /** Reads no members but these, and keeps no entries: only their positions are wanted. */
  readonly only?: readonly string[];
  /** If deleted rows are entries too. */
  readonly deleted?: DeletedOptions;
  readonly work: Work;
}

export interface DeletedOptions {
  /** The filter that they have to pass. */
  readonly filter?: Expression;
  /** Returns the marks, after the rows were read: what has gone meanwhile has its mark by then. */
  readonly marks: () => Promise<
    { readonly kind: "marks"; readonly marks: readonly DeletedRow[] } | StorageFailure
  >;
  /** Whether an id is shown once: as the row that has it, else as deleted the last time. Then `sent` must leave out no row. */
  readonly once: boolean;
}

/** An entry that may be in the wanted part. */
export interface Candidate {
  readonly id: string;
  readonly position: Position;
  /** Absent if the scan has kept too many texts, or is not to keep any. */
  readonly entry?: Entry;
}

export type TooMuch =
  /** The scan would read more than 10,000 rows. */
  | { readonly kind: "tooMany" }
  /** The filter would look at more than 200 million characters. */
  | { readonly kind: "tooCostly" };

export type Scanned =
  | {
      readonly kind: "candidates";
      /** The wanted entries, in order. */
      readonly wanted: readonly Candidate[];
      /** Whether there are entries after them. */
      readonly more: boolean;
      /** If none is wanted: the entries that were skipped. */
      readonly skipped: readonly Candidate[];
      /** The number of entries that pass the filter, wherever they are. */
      readonly count: number;
    }
  | TooMuch
  | StorageFailure;

/** Reads a partition page by page, filters and orders its entries, and keeps only those that the wanted part needs. */
export async function scan(
  table: Table,
  rowTable: RowTable,
  partition: string,
  { sent, rest, only, deleted, work, order, after, skip, limit }: ScanOptions,
): Promise<Scanned> {
  const needed = Math.min(skip, mostRead) + limit + 1;
  let candidates: Candidate[] = [];
  let kept = 0;
  let count = 0;
  let read = 0;
  let last: string | undefined;

  const inOrder = (a: Candidate, b: Candidate) => comparePositions(a.position, b.position, order);

  function add(entry: Entry): void {
    count++;
    const position = positionOf(entry, order);
    if (after !== undefined && comparePositions(position, after, order) <= 0) return;
    kept += charactersOf(entry);
    const { id } = entry;
    // Without its entry, a candidate must not hold the whole text by a part of it.
    candidates.push(
      only === undefined && (kept <= mostKept || entry["deleted"] === true)
        ? { id, position, entry }
        : { id, position: structuredClone(position) },
    );
    if (candidates.length < 2 * needed + 100) return;
    candidates = candidates.sort(inOrder).slice(0, needed);
    kept = candidates.reduce((sum, one) => sum + (one.entry ? charactersOf(one.entry) : 0), 0);
  }

  const keyOf = ({ id, updatedAt }: Pick<DeletedRow, "id" | "updatedAt">) =>
    deleted?.once ? id : `${updatedAt}_${id}`;
  const seen = new Set<string>();
  while (true) {
    const page = await rowTable.list(partition, {
      // One row above the maximum shows that there are too many.
      limit: Math.max(1, Math.min(only ? mostThinRows : mostRows, mostRead + 1 - read)),
      ...(sent !== undefined && { filter: sent }),
      ...(last !== undefined && { after: last }),
      ...(only && { only }),
    });
    if (page.kind !== "page") return page;
    read += page.rows.length + page.deleted.length;
    if (read > mostRead) return { kind: "tooMany" };
    const passing = await passingRows(table, rest, page.rows, work);
    if (passing === undefined) return { kind: "tooCostly" };
    for (const row of passing) add(deleted ? { ...row, deleted: false } : row);
    if (deleted) {
      for (const row of [...page.rows, ...page.deleted]) seen.add(keyOf(row));
      const gone = await deletedEntries(table, deleted.filter, page.deleted, work);
      if (gone === undefined) return { kind: "tooCostly" };
      for (const entry of gone) add(entry);
    }
    last = page.last ?? last;
    if (!page.more) break;
  }
  if (deleted) {
    const found = await deleted.marks();
    if (found.kind !== "marks") return found;
    if (read + found.marks.length > mostRead) return { kind: "tooMany" };
    const marks = new Map(found.marks.map((mark) => [keyOf(mark), mark]));
    for (const key of seen) marks.delete(key);
    const gone = await deletedEntries(table, deleted.filter, [...marks.values()], work);
    if (gone === undefined) return { kind: "tooCostly" };
    for (const entry of gone) add(entry);
  }

  const sorted = await inTurn(() => candidates.sort(inOrder).slice(0, skip + limit + 1));
  const wanted = sorted.slice(skip, skip + limit);
  const skipped = wanted.length === 0 ? sorted : [];
  return { kind: "candidates", wanted, more: sorted.length > skip + limit, skipped, count };
}
