import { isId } from "../../http/members.ts";
import { parseJson } from "../../http/parseJson.ts";
import { readDate } from "../../odata/date.ts";
import { compareValues } from "../../odata/evaluate.ts";
import type { Value } from "../../odata/expression.ts";
import { isOfType } from "../member.ts";
import type { Entry } from "../rowTable.ts";
import type { Table } from "../table.ts";

/** A member by which rows are ordered, and its direction. */
export interface SortKey {
  readonly member: string;
  readonly descending: boolean;
}

/**
 * The end of a page: the values of the page's last row for the members of the order. The last value is
 * the id. A position stays valid if rows are inserted, changed or deleted.
 */
export type Position = readonly Value[];

/** The most members in an order, beside the id: each of them has then 32 UTF-16 units, which a date needs. */
export const mostOrdered = 8;

/** The number of UTF-16 units in a position, beside the id. It is limited because a position has to fit into a URL. */
const longestPosition = 256;

/**
 * The number of UTF-16 units of a text that count in the order of rows. If two texts agree that far, the next member of
 * the order decides.
 */
function orderedLength(order: readonly SortKey[]): number {
  return Math.floor(longestPosition / Math.max(1, order.length - 1));
}

export function positionOf(entry: Entry, order: readonly SortKey[]): Position {
  const length = orderedLength(order);
  return order.map(({ member }) => {
    const value = entry[member] ?? null;
    return typeof value === "string" && member !== "id" ? value.slice(0, length) : value;
  });
}

/** Compares two positions: negative if the left one comes first, 0 if they are equal. */
export function comparePositions(
  left: Position,
  right: Position,
  order: readonly SortKey[],
): number {
  for (const [index, { descending }] of order.entries()) {
    const [a, b] = [left[index], right[index]];
    const compared = a === undefined || b === undefined ? 0 : compareValues(a, b);
    if (compared !== 0) return descending ? -compared : compared;
  }
  return 0;
}

/** Writes a position in URL-safe characters (base64url). The text is opaque to clients. */
export function writePosition(position: Position): string {
  return Buffer.from(JSON.stringify(position)).toString("base64url");
}

/** Parses the text of `writePosition` for a list of this order. Returns `undefined` for other texts. */
export function readPosition(
  table: Table,
  text: string,
  order: readonly SortKey[],
): Position | undefined {
  const position = parseJson(Buffer.from(text, "base64url"));
  if (!Array.isArray(position) || position.length !== order.length) return undefined;
  const values: Value[] = [];
  const length = orderedLength(order);
  for (const [index, { member }] of order.entries()) {
    const value: unknown = position[index];
    if (!isValueOf(table, member, value)) return undefined;
    values.push(inPosition(member, value, length));
  }
  return values;
}

/** An earlier release wrote more of a text, and the time of a write in milliseconds. */
function inPosition(member: string, value: Value, length: number): Value {
  if (typeof value !== "string" || member === "id") return value;
  return member === "updatedAt" ? `${readDate(value)}Z` : value.slice(0, length);
}

function isValueOf(
  { queryMembers, members, softDelete }: Table,
  member: string,
  value: unknown,
): value is Value {
  if (member === "id") return isId(value);
  if (member === "updatedAt") {
    return typeof value === "string" && value.endsWith("Z") && readDate(value) !== undefined;
  }
  // A row may be older than the member, and what is left of a deleted one has none.
  if (value === null) return members.has(member) || member === "deleted" || softDelete;
  const type = queryMembers.get(member)?.type;
  return type !== undefined && isOfType(type, value) && String(value).length <= longestPosition;
}
