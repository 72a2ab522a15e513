import { dateOf } from "../../odata/date.ts";
import { type Members, passes, type Work } from "../../odata/evaluate.ts";
import type { Expression, Value } from "../../odata/expression.ts";
import type { StorageFailure } from "../../storage/failure.ts";
import { type Row, type RowTable, type StoredRow, shown } from "../rowTable.ts";
import type { Table } from "../table.ts";
import { comparePositions, type Position, positionOf, type SortKey } from "./position.ts";
import { createScanSlots, type NoSlot } from "./scanSlots.ts";
import { inTurn } from "./turns.ts";

/** The maximum number of rows that a scan reads. */
const mostRead = 10_000;

/** The maximum number of rows that storage returns at once. */
const mostRows = 500;

/** The maximum number of characters that the filter of a scan compares: a second of computing, at worst. */
const mostCharacters = 200_000_000;

/** How long a piece of a scan computes before it gives way to other requests, in milliseconds. */
const pieceLength = 10;

/** The maximum number of characters of texts that a scan keeps. It reads the others of a page again. */
const mostKept = 4_000_000;

export interface ScanOptions {
  /** What storage filters, in its own language. */
  readonly sent?: string;
  /** What is filtered here. */
  readonly rest?: Expression;
  /** The whole filter, for a row that is read again. */
  readonly filter?: Expression;
  readonly order: readonly SortKey[];
  /** Only rows after this position are wanted. */
  readonly after?: Position;
  /** The wanted part of the ordered rows. */
  readonly skip: number;
  readonly limit: number;
}

export type Scan =
  | {
      readonly kind: "rows";
      /** The wanted rows, in order. */
      readonly rows: readonly Row[];
      /** Where the wanted rows end, if there are rows after them. */
      readonly end?: Position;
      /** The number of rows that pass the filter, wherever they are. */
      readonly count: number;
    }
  /** The scan would read more than 10,000 rows. */
  | { readonly kind: "tooMany" }
  /** The filter would compare more than 200 million characters. */
  | { readonly kind: "tooCostly" }
  | NoSlot
  | StorageFailure;

/** A row that may be in the wanted part. */
interface Candidate {
  readonly id: string;
  readonly position: Position;
  /** Absent if the scan has kept too many texts. */
  readonly row?: Row;
}

/** Of this process. */
const inSlot = createScanSlots();

/**
 * Reads a partition page by page, filters and orders its rows, and keeps only those that the wanted part needs.
 * Gives way to other requests while it computes.
 */
export function scanRows(
  table: Table,
  rows: RowTable,
  partition: string,
  options: ScanOptions,
): Promise<Scan> {
  return inSlot(partition, () => scan(table, rows, partition, options));
}

async function scan(
  table: Table,
  rowTable: RowTable,
  partition: string,
  { sent, rest, filter, order, after, skip, limit }: ScanOptions,
): Promise<Scan> {
  const work: Work = { characters: 0 };
  const needed = Math.min(skip, mostRead) + limit + 1;
  let candidates: Candidate[] = [];
  let kept = 0;
  let count = 0;
  let read = 0;
  let last: string | undefined;

  const inOrder = (a: Candidate, b: Candidate) => comparePositions(a.position, b.position, order);

  function add(row: Row): void {
    count++;
    const position = positionOf(row, order);
    if (after !== undefined && comparePositions(position, after, order) <= 0) return;
    kept += charactersOf(row);
    // Without its row, a candidate must not hold the whole text by a part of it.
    candidates.push(
      kept <= mostKept
        ? { id: row.id, position, row }
        : { id: row.id, position: structuredClone(position) },
    );
    if (candidates.length < 2 * needed + 100) return;
    candidates = candidates.sort(inOrder).slice(0, needed);
    kept = candidates.reduce((sum, one) => sum + (one.row ? charactersOf(one.row) : 0), 0);
  }

  /** Filters rows from an index on for the length of a piece. @returns the index of the next row */
  function filterSome(rows: readonly StoredRow[], from: number): number {
    const end = performance.now() + pieceLength;
    let index = from;
    for (
      ;
      index < rows.length && performance.now() < end && work.characters <= mostCharacters;
      index++
    ) {
      const stored = rows[index];
      if (stored === undefined) continue;
      const row = shown(stored);
      if (rest === undefined || passes(rest, membersOf(table, row), work)) add(row);
    }
    return index;
  }

  while (true) {
    const page = await rowTable.list(partition, {
      // One row above the maximum shows that there are too many.
      limit: Math.min(mostRows, mostRead + 1 - read),
      ...(sent !== undefined && { filter: sent }),
      ...(last !== undefined && { after: last }),
    });
    if (page.kind !== "page") return page;
    read += page.rows.length;
    if (read > mostRead) return { kind: "tooMany" };
    for (let index = 0; index < page.rows.length; ) {
      index = await inTurn(() => filterSome(page.rows, index));
      if (work.characters > mostCharacters) return { kind: "tooCostly" };
    }
    last = page.rows.at(-1)?.id ?? last;
    if (!page.more) break;
  }

  const wanted = await inTurn(() => candidates.sort(inOrder).slice(skip, skip + limit + 1));
  const wantedRows = wanted.slice(0, limit);
  const rows: Row[] = [];
  for (const found of await Promise.all(wantedRows.map(rowOfCandidate))) {
    if (found.kind === "found") rows.push(found.row);
    // It may have been deleted or changed since.
    else if (found.kind !== "absent") return found;
  }
  const end = wanted.length > limit ? wantedRows.at(-1)?.position : undefined;
  return { kind: "rows", rows, count, ...(end && { end }) };

  /** Reads a row again that was not kept. It may no longer pass the filter. */
  async function rowOfCandidate({ id, row }: Candidate) {
    if (row) return { kind: "found", row } as const;
    const found = await rowTable.get(partition, id);
    if (found.kind !== "found") return found;
    const current = shown(found.row);
    const passing = filter === undefined || passes(filter, membersOf(table, current), work);
    return passing ? ({ kind: "found", row: current } as const) : ({ kind: "absent" } as const);
  }
}

/** Returns the length of a row's texts. */
function charactersOf(row: Row): number {
  let characters = 0;
  for (const value of Object.values(row)) if (typeof value === "string") characters += value.length;
  return characters;
}

/** Returns what a filter sees of a row: dates in the form in which they are compared. */
function membersOf({ dates }: Table, row: Row): Members {
  const members: Record<string, Value> = { ...row };
  for (const name of dates) {
    const value = members[name];
    if (typeof value === "string") members[name] = dateOf(value);
  }
  return members;
}
