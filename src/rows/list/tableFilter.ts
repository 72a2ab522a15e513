import { odata } from "@azure/data-tables";
import { dateOf } from "../../odata/date.ts";
import { compareWith } from "../../odata/evaluate.ts";
import type { Comparison, ComparisonOperator, Expression, Value } from "../../odata/expression.ts";
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

/** Divides a filter into a part for Table Storage and the rest. A row has to pass both. */
export function divideFilter(table: Table, filter: Expression | undefined): DividedFilter {
  if (filter === undefined) return {};
  const sent: string[] = [];
  const rest: Expression[] = [];
  let comparisons = 0;
  let length = 0;
  for (const condition of filter.kind === "and" ? filter.operands : [filter]) {
    const sendable = tableFilter(table, condition);
    const addedLength = encodeURIComponent(sendable?.text ?? "").length;
    if (
      sendable === undefined ||
      comparisons + sendable.comparisons > mostComparisons ||
      length + addedLength > longestInUrl
    ) {
      rest.push(condition);
    } else {
      sent.push(sendable.text);
      comparisons += sendable.comparisons;
      length += addedLength;
    }
  }
  return {
    ...(sent.length > 0 && { sent: sent.join(" and ") }),
    ...(rest.length > 0 && { rest: { kind: "and", operands: rest } }),
  };
}

interface TableFilter {
  readonly text: string;
  readonly comparisons: number;
}

/** The columns that every row has, by the members that they hold. `version` has no column. */
const systemColumns: ReadonlyMap<string, string> = new Map([
  ["id", "RowKey"],
  ["createdAt", "createdAt"],
  ["updatedAt", "updatedAt"],
]);

/**
 * Returns whether storage may filter by a member. It does not by one that can be null, because Azure and Azurite compare a
 * missing column differently, and not by numbers.
 */
function isSent({ type, isOptional }: Member): boolean {
  return !isOptional && type !== "number";
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
 */
function tableFilter(table: Table, expression: Expression): TableFilter | undefined {
  switch (expression.kind) {
    case "and":
    case "or": {
      const operands = expression.operands.flatMap((operand) => tableFilter(table, operand) ?? []);
      if (operands.length < expression.operands.length) return undefined;
      return {
        text: `(${operands.map(({ text }) => text).join(` ${expression.kind} `)})`,
        comparisons: operands.reduce((sum, { comparisons }) => sum + comparisons, 0),
      };
    }
    case "not": {
      const operand = tableFilter(table, expression.operand);
      return operand && { ...operand, text: `not (${operand.text})` };
    }
    case "member": {
      const right = { kind: "literal", type: "boolean", value: true } as const;
      return comparison(table, { kind: "comparison", operator: "eq", left: expression, right });
    }
    case "comparison":
      return comparison(table, expression);
    case "call":
    case "literal":
      return undefined;
  }
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
    const text = plain(type === "date", column, operator, value);
    return text === undefined ? undefined : { text, comparisons: 1 };
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
    return { text, comparisons: 1 };
  }
  const isNe = operator === "ne";
  const text = plain(type === "date", column, isNe ? "eq" : operator, value);
  if (text === undefined) return undefined;
  const isThere = `${column} ge ''`;
  if (isNe) {
    return isMissingTrue
      ? { text: `not (${text})`, comparisons: 1 }
      : { text: `(not (${text}) and ${isThere})`, comparisons: 2 };
  }
  return isMissingTrue
    ? { text: `(${text} or not (${isThere}))`, comparisons: 2 }
    : { text, comparisons: 1 };
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
