import { odata } from "@azure/data-tables";
import { dateOf } from "../../odata/date.ts";
import { compareWith } from "../../odata/evaluate.ts";
import {
  type Comparison,
  type ComparisonOperator,
  type Expression,
  isNumeric,
  type Value,
} from "../../odata/expression.ts";
import type { Member } from "../member.ts";
import type { Table } from "../table.ts";

/**
 * The maximum number of comparisons of a filter that are sent to storage. Storage accepts 15 in a query
 * (https://learn.microsoft.com/rest/api/storageservices/querying-tables-and-entities). One of them selects
 * the partition, and one is reserved for the position of the page.
 */
const mostComparisons = 13;

/** The maximum total length of the conditions that are sent to storage, URL-encoded, in characters. */
const longestInUrl = 6_000;

export interface DividedFilter {
  /** The part that storage evaluates, in Table Storage's filter language. */
  readonly sent?: string;
  /** The part that this app evaluates. */
  readonly rest?: Expression;
}

/**
 * Divides a filter into a part for Table Storage and the rest. A row has to pass both.
 *
 * @param beside how many comparisons the query has beside it, those of the partition and the page not counted
 */
export function divideFilter(
  table: Table,
  filter: Expression | undefined,
  beside = 0,
): DividedFilter {
  const isAlwaysTrue = filter?.kind === "literal" && filter.value === true;
  if (filter === undefined || isAlwaysTrue) return {};
  const sent: string[] = [];
  const rest: Expression[] = [];
  let comparisons = 0;
  let length = 0;
  for (const condition of filter.kind === "and" ? filter.operands : [filter]) {
    const sendable = tableFilter(table, condition);
    const addedLength = encodeURIComponent(sendable?.text ?? "").length;
    const fits =
      sendable !== undefined &&
      comparisons + sendable.comparisons <= mostComparisons - beside &&
      length + addedLength <= longestInUrl;
    if (fits) {
      sent.push(sendable.text);
      comparisons += sendable.comparisons;
      length += addedLength;
    }
    if (!fits || !sendable.isExact) rest.push(condition);
  }
  return {
    ...(sent.length > 0 && { sent: sent.join(" and ") }),
    ...(rest.length > 0 && { rest: { kind: "and", operands: rest } }),
  };
}

interface TableFilter {
  readonly text: string;
  readonly comparisons: number;
  /** If not, a row that storage lets through may still not pass. */
  readonly isExact: boolean;
}

/** The columns that every row has, by the members that they hold. `version` has no column of its own. */
const systemColumns: ReadonlyMap<string, string> = new Map([
  ["id", "RowKey"],
  ["createdAt", "createdAt"],
  ["updatedAt", "Timestamp"],
]);

/**
 * Returns whether storage may filter by a member. It does not by one that can be null, because Azure and Azurite compare a
 * missing column differently, and not by numbers.
 */
function isSent({ type, isOptional }: Member): boolean {
  return !isOptional && !isNumeric(type);
}

/** Returns the members by which storage can filter, in the order of answers. */
export function filteredByStorage({ types, members }: Table): readonly string[] {
  return [...types.keys()].filter((name) => {
    const member = members.get(name);
    return systemColumns.has(name) || (member !== undefined && isSent(member));
  });
}

/**
 * Translates an expression into Table Storage's language, with parentheses around `and` and `or`. Returns
 * `undefined` if Table Storage can't evaluate it.
 *
 * @param negated whether the opposite of the expression is wanted: it is taken to the comparisons, since to a row without a
 * column storage gives other answers than this app
 */
function tableFilter(
  table: Table,
  expression: Expression,
  negated = false,
): TableFilter | undefined {
  switch (expression.kind) {
    case "and":
    case "or": {
      const operands: TableFilter[] = [];
      for (const operand of expression.operands) {
        const sendable = tableFilter(table, operand, negated);
        if (sendable === undefined) return undefined;
        operands.push(sendable);
      }
      const kind = (expression.kind === "and") === negated ? "or" : "and";
      return {
        text: `(${operands.map(({ text }) => text).join(` ${kind} `)})`,
        comparisons: operands.reduce((sum, { comparisons }) => sum + comparisons, 0),
        isExact: operands.every(({ isExact }) => isExact),
      };
    }
    case "not":
      return tableFilter(table, expression.operand, !negated);
    case "member": {
      const right = { kind: "literal", type: "boolean", value: !negated } as const;
      return comparison(table, { kind: "comparison", operator: "eq", left: expression, right });
    }
    case "comparison":
      return negated ? opposite(table, expression) : comparison(table, expression);
    case "arithmetic":
    case "call":
    case "literal":
      return undefined;
  }
}

const opposites = { eq: "ne", ne: "eq", gt: "le", ge: "lt", lt: "ge", le: "gt" } as const;

/** With null, a comparison and its opposite can both be false, so they are each other only of members that are never null. */
function opposite(table: Table, compared: Comparison): TableFilter | undefined {
  const sides = [compared.left, compared.right];
  const isTime = sides.some((one) => one.kind === "member" && one.name === "updatedAt");
  if (isTime) {
    return comparison(table, { ...compared, operator: opposites[compared.operator] });
  }
  const sendable = comparison(table, compared);
  return sendable && { ...sendable, text: `not (${sendable.text})` };
}

const mirrored = { eq: "eq", ne: "ne", gt: "lt", ge: "le", lt: "gt", le: "ge" } as const;

function comparison(table: Table, { operator, left, right }: Comparison): TableFilter | undefined {
  if (left.kind === "literal" && right.kind === "member") {
    const turned = { operator: mirrored[operator], left: right, right: left };
    return comparison(table, { kind: "comparison", ...turned });
  }
  if (left.kind !== "member" || right.kind !== "literal" || right.value === null) return undefined;
  const { name, type } = left;
  const { value } = right;
  const column = systemColumns.get(name);
  if (column !== undefined) {
    if (name === "updatedAt") return timeComparison(operator, String(value));
    const text = plain(type === "date", column, operator, value);
    return text === undefined ? undefined : { text, comparisons: 1, isExact: true };
  }
  const member = table.members.get(name);
  return member && isSent(member) ? memberComparison(name, member, operator, value) : undefined;
}

/**
 * Compares a member whose column a row may lack, because it is older than the member. Such a row has the member's default,
 * else null. For storage every comparison with a missing column is false, but for `ne`, in which Azure and Azurite differ,
 * so `ne` is not used.
 */
function memberComparison(
  column: string,
  { type, absent }: Member,
  operator: ComparisonOperator,
  value: Value,
): TableFilter | undefined {
  const missing = absent.kind === "value" ? absent.value : null;
  const compared = type === "date" && typeof missing === "string" ? dateOf(missing) : missing;
  const isMissingTrue = compareWith(operator, compared, value);
  if (typeof value === "boolean") {
    // A boolean that is not one is the other, or is missing.
    const wanted = operator === "eq" ? value : !value;
    const text = isMissingTrue ? `not (${column} eq ${!wanted})` : `${column} eq ${wanted}`;
    return { text, comparisons: 1, isExact: true };
  }
  const isNe = operator === "ne";
  const text = plain(type === "date", column, isNe ? "eq" : operator, value);
  if (text === undefined) return undefined;
  const isThere = `${column} ge ''`;
  if (isNe) {
    return isMissingTrue
      ? { text: `not (${text})`, comparisons: 1, isExact: true }
      : { text: `(not (${text}) and ${isThere})`, comparisons: 2, isExact: true };
  }
  return isMissingTrue
    ? { text: `(${text} or not (${isThere}))`, comparisons: 2, isExact: true }
    : { text, comparisons: 1, isExact: true };
}

function plain(
  isDate: boolean,
  column: string,
  operator: ComparisonOperator,
  value: Value,
): string | undefined {
  return isDate
    ? dateComparison(column, operator, String(value))
    : valueComparison(column, operator, value);
}

function valueComparison(
  column: string,
  operator: ComparisonOperator,
  value: Value,
): string | undefined {
  if (value === null) return undefined;
  if (typeof value === "string") {
    if (/\p{Cc}/u.test(value)) return undefined;
    // Below the surrogates, the orders by UTF-16 unit, by code point and by UTF-8 byte are the same.
    if (operator !== "eq" && operator !== "ne" && /[\ud800-\uffff]/.test(value)) return undefined;
  }
  // `odata` quotes a string only if something stands before it.
  const literal = odata` ${value}`.trimStart();
  return `${column} ${operator} ${literal}`;
}

/** Columns hold milliseconds. For a literal between two milliseconds, compare with the earlier one. */
const betweenMilliseconds = { gt: "gt", ge: "gt", lt: "le", le: "le" } as const;

function dateComparison(
  column: string,
  operator: ComparisonOperator,
  date: string,
): string | undefined {
  const milliseconds = `${date.slice(0, "2013-01-01T00:00:00.000".length)}Z`;
  if (date.endsWith("0000")) return valueComparison(column, operator, milliseconds);
  if (operator === "eq" || operator === "ne") return undefined;
  return valueComparison(column, betweenMilliseconds[operator], milliseconds);
}

/**
 * Compares storage's own time of a row's last write, which has seven digits of a second. Azurite compares three of them, so
 * that only bounds at a whole millisecond mean the same to both; the row's own time decides about the others.
 */
function timeComparison(operator: ComparisonOperator, date: string): TableFilter | undefined {
  const from = wholeMilliseconds(date, 0);
  const after = wholeMilliseconds(date, 1);
  const isWhole = date.endsWith("0000");
  switch (operator) {
    case "ge":
      return { text: `Timestamp ge ${from}`, comparisons: 1, isExact: isWhole };
    case "gt":
      return { text: `Timestamp ge ${from}`, comparisons: 1, isExact: false };
    case "lt":
      return { text: `Timestamp lt ${isWhole ? from : after}`, comparisons: 1, isExact: isWhole };
    case "le":
      return { text: `Timestamp lt ${after}`, comparisons: 1, isExact: false };
    case "eq":
      return {
        text: `(Timestamp ge ${from} and Timestamp lt ${after})`,
        comparisons: 2,
        isExact: false,
      };
    case "ne":
      return undefined;
  }
}

/** The times that a column of storage can hold, in milliseconds since 1970. */
const earliest = Date.UTC(1601, 0, 1);
const latest = Date.UTC(9999, 11, 31);

/** Returns a time in storage's filter language, without its digits below milliseconds. */
function wholeMilliseconds(date: string, added: number): string {
  const time = Date.parse(`${date.slice(0, "2013-01-01T00:00:00.000".length)}Z`) + added;
  return `datetime'${new Date(Math.min(latest, Math.max(earliest, time))).toISOString()}'`;
}

/** How many comparisons {@link writtenBetween} makes, at most. */
export const comparisonsOfTime = 2;

/** Returns the part of a filter that selects the rows written from one time to another, both as in `updatedAt`. */
export function writtenBetween(
  from: string | undefined,
  to: string | undefined,
): string | undefined {
  const bounds = [
    ...(from === undefined ? [] : [`Timestamp ge ${wholeMilliseconds(from, 0)}`]),
    ...(to === undefined ? [] : [`Timestamp lt ${wholeMilliseconds(to, 1)}`]),
  ];
  return bounds.length === 0 ? undefined : bounds.join(" and ");
}

/**
 * Returns the earliest time, as in `updatedAt`, that a row which passes the filter can have been written at, if it says one.
 *
 * @param operators those that count
 */
export function writtenSince(
  filter: Expression,
  operators: readonly ComparisonOperator[] = ["ge", "gt", "eq"],
): string | undefined {
  const times = (filter.kind === "and" ? filter.operands : [filter]).flatMap((one) => {
    if (one.kind !== "comparison") return [];
    const { left, right } = one;
    const isLeft = left.kind === "member";
    const [member, literal] = isLeft ? [left, right] : [right, left];
    const operator = isLeft ? one.operator : mirrored[one.operator];
    const isBound =
      member.kind === "member" &&
      member.name === "updatedAt" &&
      literal.kind === "literal" &&
      operators.includes(operator);
    return isBound && typeof literal.value === "string" ? [`${literal.value}Z`] : [];
  });
  return times.sort().at(-1);
}
