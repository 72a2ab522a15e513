import type { Expression, Work } from "../../odata/expression.ts";
import type { StorageFailure } from "../../storage/failure.ts";
import { type Entry, type RowTable, shown } from "../rowTable.ts";
import type { Table } from "../table.ts";
import { listAllMarks, removeOldMarks } from "./deletedRows.ts";
import { areEnough, filterOfRows, passingRows } from "./entry.ts";
import type { Position } from "./position.ts";
import { type Candidate, mostRead, scan, type TooMuch, type Wanted } from "./scan.ts";
import { divideFilter } from "./tableFilter.ts";

/** How many rows are read again at once. */
const atOnce = 100;

export interface Scope extends Wanted {
  readonly filter?: Expression;
  /** Whether deleted rows are entries too. */
  readonly includeDeleted: boolean;
  readonly work: Work;
}

/** What a list shows of the wanted part. */
export interface Part {
  readonly kind: "part";
  /** In order. */
  readonly entries: readonly Entry[];
  /** Where the part ends, if there are entries after it. */
  readonly end?: Position;
}

/** Reads all entries that pass the filter, as far as storage cannot filter them, and finds the wanted part in them. */
export async function scanRows(
  table: Table,
  rowTable: RowTable,
  partition: string,
  { filter, includeDeleted, ...wanted }: Scope,
): Promise<(Part & { readonly count: number }) | TooMuch | StorageFailure> {
  const { work } = wanted;
  const rowFilter = filter && filterOfRows(filter);
  if (includeDeleted && wanted.skip === 0 && wanted.after === undefined) {
    const removed = await removeOldMarks(rowTable, partition, undefined);
    if (removed.kind !== "done") return removed;
  }
  const marks = () => listAllMarks(rowTable, partition, { most: mostRead + 1 });
  const scanned = await scan(table, rowTable, partition, {
    ...wanted,
    ...(includeDeleted
      ? {
          ...(rowFilter && { rest: rowFilter }),
          deleted: { marks, once: true, ...(filter && { filter }) },
        }
      : divideFilter(table, rowFilter)),
  });
  if (scanned.kind !== "candidates") return scanned;

  const entries: Entry[] = [];
  for (let first = 0; first < scanned.wanted.length; first += atOnce) {
    const some = scanned.wanted.slice(first, first + atOnce);
    for (const found of await Promise.all(some.map(entryOfCandidate))) {
      if (found.kind === "found") entries.push(found.entry);
      // It may have been deleted or changed since.
      else if (found.kind !== "absent") return found;
    }
    if (areEnough(entries)) break;
  }
  const end = scanned.more ? scanned.wanted.at(-1)?.position : undefined;
  return { kind: "part", entries, count: scanned.count, ...(end && { end }) };

  /** Reads a row again that was not kept. It may no longer pass the filter. */
  async function entryOfCandidate({ id, entry }: Candidate) {
    if (entry) return { kind: "found", entry } as const;
    const found = await rowTable.get(partition, id);
    if (found.kind !== "found") return found;
    const passing = await passingRows(table, rowFilter, [found.row], work);
    if (passing === undefined) return { kind: "tooCostly" } as const;
    if (passing.length === 0) return { kind: "absent" } as const;
    const row = shown(found.row);
    return { kind: "found", entry: includeDeleted ? { ...row, deleted: false } : row } as const;
  }
}
