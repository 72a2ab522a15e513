import { dateOf } from "../odata/date.ts";
import { type Members, passes, type Work } from "../odata/evaluate.ts";
import type { Expression } from "../odata/expression.ts";
import type { StorageFailure } from "../storage/failure.ts";
import { comparePositions, type Position, positionOf, type SortKey } from "./position.ts";
import { createScanSlots, type NoSlot } from "./scanSlots.ts";
import type { TodoItem } from "./todoItem.ts";
import { itemOf, type StoredTodoRow, type TodoTable } from "./todoTable.ts";
import { inTurn } from "./turns.ts";

/** The maximum number of items that a scan reads. */
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
  /** The whole filter, for an item that is read again. */
  readonly filter?: Expression;
  readonly order: readonly SortKey[];
  /** Only items after this position are wanted. */
  readonly after?: Position;
  /** The wanted part of the ordered items. */
  readonly skip: number;
  readonly limit: number;
}

export type Scan =
  | {
      readonly kind: "items";
      /** The wanted items, in order. */
      readonly items: readonly TodoItem[];
      /** Where the wanted items end, if there are items after them. */
      readonly end?: Position;
      /** The number of items that pass the filter, wherever they are. */
      readonly count: number;
    }
  /** The scan would read more than 10,000 items. */
  | { readonly kind: "tooMany" }
  /** The filter would compare more than 200 million characters. */
  | { readonly kind: "tooCostly" }
  | NoSlot
  | StorageFailure;

/** An item that may be in the wanted part. */
interface Candidate {
  readonly id: string;
  readonly position: Position;
  /** Absent if the scan has kept too many texts. */
  readonly item?: TodoItem;
}

/** Of this process. */
const inSlot = createScanSlots();

/**
 * Reads a partition page by page, filters and orders its items, and keeps only those that the wanted part needs.
 * Gives way to other requests while it computes.
 */
export function scanItems(
  table: TodoTable,
  partition: string,
  options: ScanOptions,
): Promise<Scan> {
  return inSlot(partition, () => scan(table, partition, options));
}

async function scan(
  table: TodoTable,
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

  function add(item: TodoItem): void {
    count++;
    const position = positionOf(item, order);
    if (after !== undefined && comparePositions(position, after, order) <= 0) return;
    kept += item.text.length;
    // Without its item, a candidate must not hold the whole text by a part of it.
    candidates.push(
      kept <= mostKept
        ? { id: item.id, position, item }
        : { id: item.id, position: structuredClone(position) },
    );
    if (candidates.length < 2 * needed + 100) return;
    candidates = candidates.sort(inOrder).slice(0, needed);
    kept = candidates.reduce((sum, one) => sum + (one.item?.text.length ?? 0), 0);
  }

  /** Filters rows from an index on for the length of a piece. @returns the index of the next row */
  function filterSome(rows: readonly StoredTodoRow[], from: number): number {
    const end = performance.now() + pieceLength;
    let index = from;
    for (
      ;
      index < rows.length && performance.now() < end && work.characters <= mostCharacters;
      index++
    ) {
      const row = rows[index];
      if (row === undefined) continue;
      const item = itemOf(row);
      if (rest === undefined || passes(rest, membersOf(item), work)) add(item);
    }
    return index;
  }

  while (true) {
    const page = await table.list(partition, {
      // One item above the maximum shows that there are too many.
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
  const shown = wanted.slice(0, limit);
  const items: TodoItem[] = [];
  for (const found of await Promise.all(shown.map(itemOfCandidate))) {
    if (found.kind === "found") items.push(found.item);
    // It may have been deleted or changed since.
    else if (found.kind !== "absent") return found;
  }
  const end = wanted.length > limit ? shown.at(-1)?.position : undefined;
  return { kind: "items", items, count, ...(end && { end }) };

  /** Reads an item again that was not kept. It may no longer pass the filter. */
  async function itemOfCandidate({ id, item }: Candidate) {
    if (item) return { kind: "found", item } as const;
    const found = await table.get(partition, id);
    if (found.kind !== "found") return found;
    const current = itemOf(found.row);
    const passing = filter === undefined || passes(filter, membersOf(current), work);
    return passing ? ({ kind: "found", item: current } as const) : ({ kind: "absent" } as const);
  }
}

function membersOf(item: TodoItem): Members {
  return { ...item, createdAt: dateOf(item.createdAt), updatedAt: dateOf(item.updatedAt) };
}
