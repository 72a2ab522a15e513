import { dateOf } from "../odata/date.ts";
import { type Members, passes } from "../odata/evaluate.ts";
import type { StorageFailure } from "../storage/failure.ts";
import type { ListQuery } from "./listQuery.ts";
import { comparePositions, type Position, positionOf } from "./position.ts";
import { divideFilter } from "./tableFilter.ts";
import type { TodoItem } from "./todoItem.ts";
import { itemOf, type TodoTable } from "./todoTable.ts";

/** The maximum number of items on a page. */
const pageSize = 100;

/** The maximum number of items that are read if storage can't execute the whole query by itself. */
const mostRead = 10_000;

/** The maximum number of rows that storage returns at once. */
const mostRows = 1_000;

export type Listing =
  | ItemPage
  /** The query would read more than 10,000 items. */
  | { readonly kind: "tooMany" }
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

/** Lists a user's items in pages of at most 100. */
export function createListItems(table: TodoTable): ListItems {
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

    const all = await readAll(partition, sent);
    if (all.kind !== "items") return all;
    const passing = all.items.filter((item) => rest === undefined || passes(rest, membersOf(item)));
    const places = passing.map((item) => ({ item, position: positionOf(item, order) }));
    places.sort((a, b) => comparePositions(a.position, b.position, order));
    const left = places
      .filter(({ position }) => after === undefined || comparePositions(position, after, order) > 0)
      .slice(skip);
    const items = left.slice(0, limit).map(({ item }) => item);
    const page = pageOf(items, left.length > limit, query);
    return { ...page, ...(counted && { count: passing.length }) };
  };

  async function readAll(partition: string, filter: string | undefined): Promise<Listing> {
    const items: TodoItem[] = [];
    while (true) {
      const last = items.at(-1);
      const page = await table.list(partition, {
        // One item above the maximum shows that there are too many.
        limit: Math.min(mostRows, mostRead + 1 - items.length),
        ...(filter !== undefined && { filter }),
        ...(last && { after: last.id }),
      });
      if (page.kind !== "page") return page;
      items.push(...page.rows.map(itemOf));
      if (items.length > mostRead) return { kind: "tooMany" };
      if (!page.more) return { kind: "items", items };
    }
  }
}

function pageOf(items: readonly TodoItem[], more: boolean, { order, top }: ListQuery): ItemPage {
  const last = items.at(-1);
  const left = top === undefined ? undefined : top - items.length;
  if (!more || last === undefined || left === 0) return { kind: "items", items };
  const next = { after: positionOf(last, order), ...(left !== undefined && { top: left }) };
  return { kind: "items", items, next };
}

function membersOf(item: TodoItem): Members {
  return { ...item, createdAt: dateOf(item.createdAt), updatedAt: dateOf(item.updatedAt) };
}
