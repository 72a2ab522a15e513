import type { Expression } from "../../odata/expression.ts";
import { membersOf } from "../../odata/fold.ts";
import type { StorageFailure } from "../../storage/failure.ts";
import type { DeletedRow, Entry, Page, RowTable, StoredRow } from "../rowTable.ts";
import type { Table } from "../table.ts";
import { listAllMarks, listMarks, removeOldMarks } from "./deletedRows.ts";
import { areEnough, deletedEntries, filterOfRows, passingRows } from "./entry.ts";
import { comparePositions, type Position, positionOf, type SortKey } from "./position.ts";
import { type Candidate, scan, type TooMuch } from "./scan.ts";
import type { Part, Scope } from "./scanRows.ts";
import { comparisonsOfTime, divideFilter, writtenBetween, writtenSince } from "./tableFilter.ts";

/*
 * A pull asks for what was written since the last one, in the order of the writes, and takes the time of the last entry that
 * it got for all that it has seen. So an entry must not be shown before everything that was written earlier. Storage gives
 * the writes of a partition growing times, and a query one view of it. So what one query returns is all that there is up to
 * the last write in it; and between two times that have passed, no query can miss anything: what is written now is later.
 *
 * The libraries of 2013 to 2018 ask for what was written at the last time that they know or later, and skip what they got of
 * that time. They count nothing else, since each later entry gives them a later time. But if an entry that they got changes in
 * between, it is no longer there to be skipped; and another would be in its place, which they then never see. So what is
 * skipped in a pull of theirs has that time. A client that skips a whole page or more pages through a list.
 *
 * A row that is deleted moves from its partition to the one of the marks, as of one time, and the mark is there before the
 * row is gone. So marks that are read after the rows have what the rows no longer had.
 */

/** How many rows are read in the hope that there are no more, and how many of the wanted ones, or marks, at once. */
const mostAtOnce = 250;

/** How many marks are read at once, where as many entries are wanted. */
const mostMarks = 1_000;

/** How often a part is sought that is empty when it is read, or so far: each time behind the one before. */
const mostRounds = 100;

/** Returns whether an order is that of a pull. */
export function isPull([first]: readonly SortKey[]): boolean {
  return first?.member === "updatedAt" && !first.descending;
}

type Pulled =
  | Part
  /** The part was empty when it was read, and there may be more behind it. */
  | {
      readonly kind: "again";
      readonly from?: string;
      readonly after?: Position;
      readonly skip: number;
    }
  | TooMuch
  | StorageFailure;

/** Finds the wanted part of entries in the order of their last writes. It never shows one before all earlier ones. */
export async function pullRows(
  table: Table,
  rowTable: RowTable,
  partition: string,
  scope: Scope,
): Promise<Part | { readonly kind: "busy" } | TooMuch | StorageFailure> {
  const { filter, includeDeleted } = scope;
  let { after, skip } = scope;
  const isOfLibrary = includeDeleted && skip < scope.limit;
  const skippedUntil = filter && isOfLibrary ? writtenSince(filter, ["ge"]) : undefined;
  let from = later(filter && writtenSince(filter), timeOf(after));
  if (includeDeleted && skip === 0) {
    const removed = await removeOldMarks(rowTable, partition, from);
    if (removed.kind !== "done") return removed;
  }
  for (let round = 0; round < mostRounds; round++) {
    const pulled = await pull(table, rowTable, partition, {
      ...scope,
      ...(from !== undefined && { from }),
      ...(skippedUntil !== undefined && { skippedUntil }),
      ...(after && { after }),
      skip,
    });
    if (pulled.kind !== "again") return pulled;
    after = pulled.after ?? after;
    from = later(later(from, pulled.from), timeOf(after));
    skip = pulled.skip;
  }
  return { kind: "busy" };
}

interface Reach extends Scope {
  /** The earliest time of an entry. */
  readonly from?: string;
  /** The latest time of an entry that is skipped. */
  readonly skippedUntil?: string;
}

async function pull(
  table: Table,
  rowTable: RowTable,
  partition: string,
  { from, skippedUntil, filter, includeDeleted, work, order, after, skip, limit }: Reach,
): Promise<Pulled> {
  const rowFilter = filter && filterOfRows(filter);
  const divided = divideFilter(table, rowFilter, comparisonsOfTime + (includeDeleted ? 1 : 0));
  const { rest } = divided;
  // A row that is being deleted is an entry whatever else it has.
  const sent =
    divided.sent !== undefined && includeDeleted
      ? `((${divided.sent}) or isDeleted eq true)`
      : divided.sent;
  const atOnce = Math.min(mostAtOnce, skip + limit + 1);

  const marks = includeDeleted
    ? await listMarks(rowTable, partition, {
        ...(from !== undefined && { from }),
        limit: Math.max(mostAtOnce, Math.min(mostMarks, skip + limit + 1)),
      })
    : noMarks;
  if (marks.kind !== "page") return marks;
  const { rows: firstMarks } = marks;
  const lastMark = firstMarks.at(-1)?.updatedAt;
  // Behind these marks there are more, so that this is as far as one look reaches.
  const horizon = marks.more ? lastMark : undefined;

  const bounds = both(sent, writtenBetween(from, horizon));
  const look = await rowTable.list(partition, { ...bounds, limit: atOnce });
  if (look.kind !== "page") return look;
  return look.more ? pullWindow() : pullAll(look);

  /** Everything that there is, up to the last write that was seen or to the horizon. */
  async function pullAll(page: Page): Promise<Pulled> {
    const to = horizon ?? latestOf([...page.rows, ...page.deleted, ...firstMarks]);
    if (to === undefined) return { kind: "part", entries: [] };
    const read = await entriesOf([page], { from, to });
    if (read.kind !== "entries") return read;
    const behind = read.entries.filter((entry) => isAfter(entry, after));
    const skippable = behind.filter(({ updatedAt }) => isSkippable(updatedAt)).length;
    const skipped = Math.min(skip, skippable);
    const entries = behind.slice(skipped, skipped + limit);
    const last = entries.at(-1);
    if (last && (behind.length > skipped + limit || horizon !== undefined)) {
      return { kind: "part", entries, end: positionOf(last, order) };
    }
    if (last || horizon === undefined) return { kind: "part", entries };
    const seen = behind.at(-1);
    return {
      ...{ kind: "again", from: horizon, skip: skip - behind.length },
      ...(seen && { after: positionOf(seen, order) }),
    };
  }

  /** There is too much to read it all: finds the times of the wanted entries first. */
  async function pullWindow(): Promise<Pulled> {
    if (skip > 0 && skippedUntil !== undefined) {
      const skipped = await positionsUpTo(skippedUntil, { skip: 0, limit: skip });
      if (skipped.kind !== "candidates") return skipped;
      const position = skipped.wanted.at(-1)?.position;
      return { kind: "again", skip: 0, ...(position && { after: position }) };
    }
    const scanned = await positionsUpTo(horizon, { skip, limit });
    if (scanned.kind !== "candidates") return scanned;
    if (scanned.wanted.length === 0) {
      if (horizon === undefined) return { kind: "part", entries: [] };
      const seen = scanned.skipped.at(-1)?.position;
      const left = skip - scanned.skipped.length;
      return { kind: "again", from: horizon, skip: left, ...(seen && { after: seen }) };
    }
    if (skip === 0) return readWindow(scanned.wanted, scanned.more);
    // What was written during the scan may be missing in it, and then the entries to skip were counted wrong. By now, all
    // of these times have passed.
    const exact = await positionsUpTo(timeOf(scanned.wanted.at(-1)?.position), { skip, limit });
    if (exact.kind !== "candidates") return exact;
    if (exact.wanted.length === 0) return { kind: "again", skip };
    return readWindow(exact.wanted, scanned.more || exact.more);
  }

  /** Returns whether the request may mean to skip what was written at a time. Some libraries know its milliseconds alone. */
  function isSkippable(time: string): boolean {
    const length = "2013-01-31T23:59:59.999".length;
    return skippedUntil === undefined || time.slice(0, length) <= skippedUntil.slice(0, length);
  }

  /** Finds the positions of entries, without those behind a time. */
  function positionsUpTo(to: string | undefined, part: Pick<Scope, "skip" | "limit">) {
    const marks = async () => ({
      kind: "marks" as const,
      marks: firstMarks.filter(({ updatedAt }) => to === undefined || updatedAt <= to),
    });
    const { filter: all } = both(sent, writtenBetween(from, to));
    return scan(table, rowTable, partition, {
      ...{ order, ...part, work, ...(rest && { rest }), ...(after && { after }) },
      ...(includeDeleted && { deleted: { marks, once: false, ...(filter && { filter }) } }),
      ...(all !== undefined && { sent: all }),
      only: membersToRead(table, rest, order),
    });
  }

  /** Reads the entries up to the last wanted one. @param more whether there are some behind it */
  async function readWindow(wanted: readonly Candidate[], more: boolean): Promise<Pulled> {
    let entries: readonly Entry[] = [];
    let reached = after;
    // Without entries to skip, what the scan missed stands before the first one, too.
    let lower = skip > 0 ? timeOf(wanted[0]?.position) : from;
    const first = skip > 0 ? wanted[0]?.position : undefined;
    let index = 0;
    while (index < wanted.length && entries.length < limit && !areEnough(entries)) {
      index = Math.min(index + mostAtOnce, wanted.length);
      const upper = wanted[index - 1]?.position ?? [];
      const window = { from: lower, to: timeOf(upper) ?? "" };
      const pages = await pagesOf(window);
      if (pages.kind !== "pages") return pages;
      const read = await entriesOf(pages.pages, window);
      if (read.kind !== "entries") return read;
      const inWindow = read.entries.filter(
        (entry) =>
          isAfter(entry, reached) &&
          !isAfter(entry, upper) &&
          !(first && comparePositions(positionOf(entry, order), first, order) < 0),
      );
      entries = [...entries, ...inWindow];
      reached = upper;
      lower = window.to;
    }
    const last = entries.slice(0, limit).at(-1);
    const isMore = more || horizon !== undefined || index < wanted.length || entries.length > limit;
    if (last === undefined && isMore)
      return { kind: "again", skip: 0, ...(reached && { after: reached }) };
    const end = last && isMore ? { end: positionOf(last, order) } : {};
    return { kind: "part", entries: entries.slice(0, limit), ...end };
  }

  /** Reads the rows of a window of times that have passed, whole. */
  async function pagesOf({
    from: since,
    to,
  }: Window): Promise<
    { readonly kind: "pages"; readonly pages: readonly Page[] } | StorageFailure
  > {
    const pages: Page[] = [];
    for (let last: string | undefined; ; ) {
      const page = await rowTable.list(partition, {
        ...both(sent, writtenBetween(since, to)),
        ...(last !== undefined && { after: last }),
        limit: 2 * mostAtOnce,
      });
      if (page.kind !== "page") return page;
      pages.push(page);
      last = page.last;
      if (!page.more) return { kind: "pages", pages };
    }
  }

  /** Returns the entries of a window in order: of rows that were read, and of marks, which are read now. */
  async function entriesOf(
    pages: readonly Page[],
    { from: since, to }: Window,
  ): Promise<
    { readonly kind: "entries"; readonly entries: readonly Entry[] } | TooMuch | StorageFailure
  > {
    const isIn = ({ updatedAt }: { readonly updatedAt: string }) => updatedAt <= to;
    const rows: StoredRow[] = [];
    const deleted: DeletedRow[] = [];
    for (const page of pages) {
      rows.push(...page.rows.filter(isIn));
      deleted.push(...page.deleted.filter(isIn));
    }
    const passing = await passingRows(table, rest, rows, work);
    if (passing === undefined) return { kind: "tooCostly" };
    const found: Entry[] = includeDeleted
      ? passing.map((row) => ({ ...row, deleted: false }))
      : [...passing];
    if (includeDeleted) {
      const again = await listAllMarks(rowTable, partition, {
        ...(since !== undefined && { from: since }),
        to,
        most: Number.POSITIVE_INFINITY,
      });
      if (again.kind !== "marks") return again;
      const gone = await deletedEntries(table, filter, [...deleted, ...again.marks], work);
      if (gone === undefined) return { kind: "tooCostly" };
      found.push(...gone);
    }
    // A row that is being deleted may have its mark already.
    const different = new Map(found.map((entry) => [`${entry.updatedAt}_${entry.id}`, entry]));
    const entries = [...different.values()].sort((a, b) =>
      comparePositions(positionOf(a, order), positionOf(b, order), order),
    );
    return { kind: "entries", entries };
  }

  function isAfter(entry: Entry, position: Position | undefined): boolean {
    return (
      position === undefined || comparePositions(positionOf(entry, order), position, order) > 0
    );
  }
}

interface Window {
  readonly from: string | undefined;
  readonly to: string;
}

const noMarks = { kind: "page", rows: [] as readonly DeletedRow[], more: false } as const;

/** Returns the time in a position of a pull. */
function timeOf(position: Position | undefined): string | undefined {
  const time = position?.[0];
  return typeof time === "string" ? time : undefined;
}

/** Returns the later one of two times. */
function later(one: string | undefined, other: string | undefined): string | undefined {
  return one === undefined || (other !== undefined && other > one) ? other : one;
}

function latestOf(stamped: readonly { readonly updatedAt: string }[]): string | undefined {
  return stamped.reduce<string | undefined>(
    (latest, { updatedAt }) => later(latest, updatedAt),
    undefined,
  );
}

/** Returns the conditions of a query. */
function both(sent: string | undefined, written: string | undefined): { readonly filter?: string } {
  const conditions = [sent, written].filter((one) => one !== undefined);
  return conditions.length === 0 ? {} : { filter: conditions.join(" and ") };
}

/** Returns the members of the definition that decide where an entry stands. */
function membersToRead(
  { members }: Table,
  rest: Expression | undefined,
  order: readonly SortKey[],
): readonly string[] {
  const named = new Set([...(rest ? membersOf(rest) : []), ...order.map(({ member }) => member)]);
  return [...named].filter((name) => members.has(name));
}
