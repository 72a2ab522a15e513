import { odata } from "@azure/data-tables";
import type { Comparison, ComparisonOperator, Expression, Value } from "../odata/expression.ts";

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

/** Divides a filter into a part for Table Storage and the rest. An item has to pass both. */
export function divideFilter(filter: Expression | undefined): DividedFilter {
  if (filter === undefined) return {};
  const sent: string[] = [];
  const rest: Expression[] = [];
  let comparisons = 0;
  let length = 0;
  for (const condition of filter.kind === "and" ? filter.operands : [filter]) {
    const sendable = tableFilter(condition);
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

/** The columns that hold members. `version` has no column. */
const columns: ReadonlyMap<string, string> = new Map([
  ["id", "RowKey"],
  ["text", "text"],
  ["complete", "complete"],
  ["createdAt", "createdAt"],
  ["updatedAt", "updatedAt"],
]);

/**
 * Translates an expression into Table Storage's language, with parentheses around `and` and `or`. Returns
 * `undefined` if Table Storage can't evaluate it.
 */
function tableFilter(expression: Expression): TableFilter | undefined {
  switch (expression.kind) {
    case "and":
    case "or": {
      const operands = expression.operands.flatMap((operand) => tableFilter(operand) ?? []);
      if (operands.length < expression.operands.length) return undefined;
      return {
        text: `(${operands.map(({ text }) => text).join(` ${expression.kind} `)})`,
        comparisons: operands.reduce((sum, { comparisons }) => sum + comparisons, 0),
      };
    }
    case "not": {
      const operand = tableFilter(expression.operand);
      return operand && { ...operand, text: `not (${operand.text})` };
    }
    case "member":
      // `complete` is the only boolean member.
      return { text: odata`complete eq ${true}`, comparisons: 1 };
    case "comparison": {
      const text = comparison(expression);
      return text === undefined ? undefined : { text, comparisons: 1 };
    }
    case "call":
    case "literal":
      return undefined;
  }
}

const mirrored = { eq: "eq", ne: "ne", gt: "lt", ge: "le", lt: "gt", le: "ge" } as const;

function comparison({ operator, left, right }: Comparison): string | undefined {
  if (left.kind === "literal" && right.kind === "member") {
    return comparison({
      kind: "comparison",
      operator: mirrored[operator],
      left: right,
      right: left,
    });
  }
  if (left.kind !== "member" || right.kind !== "literal") return undefined;
  const column = columns.get(left.name);
  if (column === undefined) return undefined;
  return left.type === "date"
    ? dateComparison(column, operator, String(right.value))
    : valueComparison(column, operator, right.value);
}

function valueComparison(
  column: string,
  operator: ComparisonOperator,
  value: Value,
): string | undefined {
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
