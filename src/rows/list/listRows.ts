import type { TakeOfUser } from "../../http/userBuckets.ts";
import type { StorageFailure } from "../../storage/failure.ts";
import { type Row, type RowTables, shown } from "../rowTable.ts";
import type { Table } from "../table.ts";
import type { ListQuery } from "./listQuery.ts";
import { type Position, positionOf } from "./position.ts";
import { scanRows } from "./scanRows.ts";
import type { NoSlot } from "./scanSlots.ts";
import { divideFilter } from "./tableFilter.ts";

/** The maximum number of rows on a page. */
const pageSize = 100;

export type Listing =
  | RowPage
  /** The query would read more than 10,000 rows. */
  | { readonly kind: "tooMany" }
  /** The filter would compare too many characters. */
  | { readonly kind: "tooCostly" }
  /** The user lists in this way too often, or too many users do. */
  | NoSlot
  | StorageFailure;

export interface RowPage {
  readonly kind: "rows";
  readonly rows: readonly Row[];
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

/** Lists a user's rows in pages of at most 100. @param takeScan bounds the lists that read many rows for a page */
export function createListRows(rowTables: RowTables, takeScan: TakeOfUser): ListRows {
  return async (table, partition, query) => {
    const { filter, order, skip, top, counted, after } = query;
    const { sent, rest } = divideFilter(table, filter);
    const limit = Math.min(pageSize, top ?? pageSize);
    const [first] = order;
    const byId = first?.member === "id" && !first.descending;
    if (byId && skip === 0 && !counted && rest === undefined) {
      if (limit === 0) return { kind: "rows", rows: [] };
      const [afterId] = after ?? [];
      const page = await rowTables(table).list(partition, {
        limit,
        ...(sent !== undefined && { filter: sent }),
        ...(typeof afterId === "string" && { after: afterId }),
      });
      if (page.kind !== "page") return page;
      return pageOf(page.rows.map(shown), page.more, query);
    }

    const seconds = takeScan(partition);
    if (seconds > 0) return { kind: "tooOften", seconds };
    const scan = await scanRows(table, rowTables(table), partition, {
      ...(sent !== undefined && { sent }),
      ...(rest && { rest }),
      ...(filter && { filter }),
      ...(after && { after }),
      order,
      skip,
      limit,
    });
    if (scan.kind !== "rows") return scan;
    const page = endingAt(scan.end, scan.rows, query);
    return { ...page, ...(counted && { count: scan.count }) };
  };
}

function pageOf(rows: readonly Row[], more: boolean, query: ListQuery): RowPage {
  const last = rows.at(-1);
  return endingAt(more && last ? positionOf(last, query.order) : undefined, rows, query);
}

/** @param end where the page ends, if there are rows after it */
function endingAt(end: Position | undefined, rows: readonly Row[], { top }: ListQuery): RowPage {
  const left = top === undefined ? undefined : top - rows.length;
  if (end === undefined || left === 0) return { kind: "rows", rows };
  return { kind: "rows", rows, next: { after: end, ...(left !== undefined && { top: left }) } };
}
