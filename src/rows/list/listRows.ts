import type { TakeOfUser } from "../../http/userBuckets.ts";
import type { Work } from "../../odata/expression.ts";
import type { StorageFailure } from "../../storage/failure.ts";
import { type Entry, type RowTable, type RowTables, shown } from "../rowTable.ts";
import type { Table } from "../table.ts";
import { areEnough, entriesThatFit, filterOfRows } from "./entry.ts";
import type { ListQuery } from "./listQuery.ts";
import { type Position, positionOf } from "./position.ts";
import { isPull, pullRows } from "./pullRows.ts";
import type { TooMuch } from "./scan.ts";
import { type Part, scanRows } from "./scanRows.ts";
import { createScanSlots, type NoSlot } from "./scanSlots.ts";
import { divideFilter } from "./tableFilter.ts";

/** The maximum number of rows on a page, if `$top` asks for none or for fewer, and if it asks for more. */
const usualPage = 100;
const longestPage = 1_000;

/** How many rows of a page are read at once: as many of the longest ones fit into memory many times. */
const mostAtOnce = 250;

/** How often storage is asked for more rows of a page that has some: it may search for seconds each time. */
const mostCalls = 8;

/** The maximum number of characters that the filter of a list looks at: a second of computing, at worst. */
const mostCharacters = 200_000_000;

export type Listing =
  | EntryPage
  | TooMuch
  /** The user lists in this way too often, or too many users do. */
  | NoSlot
  | StorageFailure;

export interface EntryPage {
  readonly kind: "entries";
  readonly entries: readonly Entry[];
  /** The number of rows that pass the filter, if requested. */
  readonly count?: number;
  /** Where the next page begins, if there may be one. */
  readonly next?: Next;
}

export interface Next {
  readonly after: Position;
  /** How many more rows the client wants, if it gave a number. */
  readonly top?: number;
}

export type ListRows = (table: Table, partition: string, query: ListQuery) => Promise<Listing>;

/** Of this process. */
const inSlot = createScanSlots();

/** Lists a user's rows in pages. @param takeScan bounds the lists that read many rows for a page */
export function createListRows(rowTables: RowTables, takeScan: TakeOfUser): ListRows {
  return async (table, partition, query) => {
    const { filter, order, skip, top, counted, after, includeDeleted } = query;
    const rowFilter = filter && filterOfRows(filter);
    const isNever = rowFilter?.kind === "literal" && rowFilter.value !== true;
    if (isNever && !includeDeleted) {
      return { kind: "entries", entries: [], ...(counted && { count: 0 }) };
    }
    if (top === 0 && !counted) return { kind: "entries", entries: [] };
    const limit = Math.min(longestPage, top ?? usualPage);
    const { sent, rest } = divideFilter(table, rowFilter);
    const [first] = order;
    const byId = first?.member === "id" && !first.descending;
    if (byId && skip === 0 && !counted && rest === undefined && !includeDeleted) {
      const [afterId] = after ?? [];
      const part = await listById(rowTables(table), partition, {
        ...{ query, limit },
        ...(sent !== undefined && { sent }),
        ...(typeof afterId === "string" && { after: afterId }),
      });
      return part.kind === "part" ? pageOf(part, query) : part;
    }

    const seconds = takeScan(partition);
    if (seconds > 0) return { kind: "tooOften", seconds };
    const work: Work = { characters: 0, most: mostCharacters };
    const scope = {
      ...{ order, skip, limit, includeDeleted, work },
      ...(filter && { filter }),
      ...(after && { after }),
    };
    const rowTable = rowTables(table);
    if (isPull(order) && !counted) {
      const part = await inSlot(partition, () => pullRows(table, rowTable, partition, scope));
      return part.kind === "part" ? pageOf(part, query) : part;
    }
    const part = await inSlot(partition, () => scanRows(table, rowTable, partition, scope));
    if (part.kind !== "part") return part;
    return { ...pageOf(part, query), ...(counted && { count: part.count }) };
  };
}

interface ById {
  readonly query: ListQuery;
  readonly limit: number;
  readonly sent?: string;
  /** An id. */
  readonly after?: string;
}

/** Reads rows as storage orders them. */
async function listById(
  rowTable: RowTable,
  partition: string,
  { query, limit, sent, after }: ById,
): Promise<Part | StorageFailure> {
  const entries: Entry[] = [];
  let last = after;
  for (let call = 1; ; call++) {
    const page = await rowTable.list(partition, {
      limit: Math.min(mostAtOnce, limit - entries.length),
      ...(sent !== undefined && { filter: sent }),
      ...(last !== undefined && { after: last }),
    });
    if (page.kind !== "page") return page;
    entries.push(...page.rows.map(shown));
    last = page.last;
    const end = entries.at(-1);
    if (!page.more) return { kind: "part", entries };
    // What is being deleted makes a page short, and some clients take an empty one for the end.
    const isFull = entries.length === limit || areEnough(entries) || call >= mostCalls;
    if (end && isFull) return { kind: "part", entries, end: positionOf(end, query.order) };
  }
}

/** Returns as many entries of a part as an answer has room for. */
function pageOf({ entries: all, end }: Part, { top, order }: ListQuery): EntryPage {
  const entries = all.slice(0, entriesThatFit(all));
  const last = entries.at(-1);
  const after = entries.length < all.length && last ? positionOf(last, order) : end;
  const left = top === undefined ? undefined : top - entries.length;
  if (after === undefined || left === 0) return { kind: "entries", entries };
  return { kind: "entries", entries, next: { after, ...(left !== undefined && { top: left }) } };
}
