import { parseJson } from "../http/parseJson.ts";
import { compareValues } from "../odata/evaluate.ts";
import type { Value } from "../odata/expression.ts";
import { isId, itemMembers, type TodoItem } from "./todoItem.ts";

/** A member by which items are ordered. */
export interface SortKey {
  readonly member: keyof TodoItem;
  readonly descending: boolean;
}

/**
 * Where a page of a list ended: what its last item has of the members by which the list is ordered,
 * the last of which is the id. It holds for whatever is inserted, changed and deleted meanwhile.
 */
export type Position = readonly Value[];

/**
 * How much of a text counts in the order of items, in UTF-16 units: a position has to fit into a URL.
 * Items whose texts begin alike for longer are ordered by what comes next.
 */
const orderedLength = 256;

export function positionOf(item: TodoItem, order: readonly SortKey[]): Position {
  return order.map(({ member }) => {
    const value = item[member];
    return typeof value === "string" ? value.slice(0, orderedLength) : value;
  });
}

/** Compares where two items stand. */
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

/** A position in characters that stand anywhere; opaque to a client. */
export function writePosition(position: Position): string {
  return Buffer.from(JSON.stringify(position)).toString("base64url");
}

/** Reads what `writePosition` wrote for a list of this order; `undefined` for whatever else. */
export function readPosition(text: string, order: readonly SortKey[]): Position | undefined {
  const position = parseJson(Buffer.from(text, "base64url"));
  if (!Array.isArray(position) || position.length !== order.length) return undefined;
  const values: Value[] = [];
  for (const [index, { member }] of order.entries()) {
    const value: unknown = position[index];
    if (!isValueOf(member, value)) return undefined;
    values.push(value);
  }
  return values;
}

function isValueOf(member: keyof TodoItem, value: unknown): value is string | boolean {
  if (member === "id") return isId(value);
  return itemMembers[member] === "boolean"
    ? typeof value === "boolean"
    : typeof value === "string" && value.length <= orderedLength;
}
