import type { TakeOfUser } from "../http/userBuckets.ts";
import type { StorageFailure } from "../storage/failure.ts";
import type { ListQuery } from "./listQuery.ts";
import { type Position, positionOf } from "./position.ts";
import { scanItems } from "./scanItems.ts";
import type { NoSlot } from "./scanSlots.ts";
import { divideFilter } from "./tableFilter.ts";
import type { TodoItem } from "./todoItem.ts";
import { itemOf, type TodoTable } from "./todoTable.ts";

/** The maximum number of items on a page. */
const pageSize = 100;

export type Listing =
  | ItemPage
  /** The query would read more than 10,000 items. */
  | { readonly kind: "tooMany" }
  /** The filter would compare too many characters. */
  | { readonly kind: "tooCostly" }
  /** The user lists in this way too often, or too many users do. */
  | NoSlot
  | StorageFailure;

export interface ItemPage {
  readonly kind: "items";
  readonly items: readonly TodoItem[];
  /** The number of items that pass the filter, if requested. */
  readonly count?: number;
  /** Where the next page begins, if there may be one. */
  readonly next?: Next;
}

export interface Next {
  readonly after: Position;
  /** How many more items the client wants, if it gave a number. */
  readonly top?: number;
}

export type ListItems = (partition: string, query: ListQuery) => Promise<Listing>;

/** Lists a user's items in pages of at most 100. @param takeScan bounds the lists that read many rows for a page */
export function createListItems(table: TodoTable, takeScan: TakeOfUser): ListItems {
  return async (partition, query) => {
    const { filter, order, skip, top, counted, after } = query;
    const { sent, rest } = divideFilter(filter);
    const limit = Math.min(pageSize, top ?? pageSize);
    const [first] = order;
    const byId = first?.member === "id" && !first.descending;
    if (byId && skip === 0 && !counted && rest === undefined) {
      if (limit === 0) return { kind: "items", items: [] };
      const [afterId] = after ?? [];
      const page = await table.list(partition, {
        limit,
        ...(sent !== undefined && { filter: sent }),
        ...(typeof afterId === "string" && { after: afterId }),
      });
      if (page.kind !== "page") return page;
      return pageOf(page.rows.map(itemOf), page.more, query);
    }

    const seconds = takeScan(partition);
    if (seconds > 0) return { kind: "tooOften", seconds };
    const scan = await scanItems(table, partition, {
      ...(sent !== undefined && { sent }),
      ...(rest && { rest }),
      ...(filter && { filter }),
      ...(after && { after }),
      order,
      skip,
      limit,
    });
    if (scan.kind !== "items") return scan;
    const page = endingAt(scan.end, scan.items, query);
    return { ...page, ...(counted && { count: scan.count }) };
  };
}

function pageOf(items: readonly TodoItem[], more: boolean, query: ListQuery): ItemPage {
  const last = items.at(-1);
  return endingAt(more && last ? positionOf(last, query.order) : undefined, items, query);
}

/** @param end where the page ends, if there are items after it */
function endingAt(
  end: Position | undefined,
  items: readonly TodoItem[],
  { top }: ListQuery,
): ItemPage {
  const left = top === undefined ? undefined : top - items.length;
  if (end === undefined || left === 0) return { kind: "items", items };
  return { kind: "items", items, next: { after: end, ...(left !== undefined && { top: left }) } };
}
