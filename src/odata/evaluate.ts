import type { ComparisonOperator, Expression, Value } from "./expression.ts";

/** The members of an item that a filter can name. Dates have the form that `readDate` returns. */
export type Members = Readonly<Record<string, Value>>;

/** Returns whether an item passes a filter. */
export function passes(filter: Expression, item: Members): boolean {
  return evaluate(filter, item) === true;
}

function evaluate(expression: Expression, item: Members): Value {
  switch (expression.kind) {
    case "literal":
      return expression.value;
    case "member":
      return memberOf(item, expression.name);
    case "comparison": {
      const { operator, left, right } = expression;
      return holds(operator, compareValues(evaluate(left, item), evaluate(right, item)));
    }
    case "call": {
      const text = String(evaluate(expression.text, item));
      const part = String(evaluate(expression.part, item));
      return expression.name === "startswith" ? text.startsWith(part) : text.includes(part);
    }
    case "not":
      return !passes(expression.operand, item);
    case "and":
      return expression.operands.every((operand) => passes(operand, item));
    case "or":
      return expression.operands.some((operand) => passes(operand, item));
  }
}

function memberOf(item: Members, name: string): Value {
  const value = item[name];
  if (value === undefined) throw new Error(`The filter names ${name}, but the item lacks it.`);
  return value;
}

/** Compares two values of the same type: strings by UTF-16 units, false before true. */
export function compareValues(left: Value, right: Value): number {
  if (left === right) return 0;
  if (typeof left === "string" && typeof right === "string") return left < right ? -1 : 1;
  return Number(left) - Number(right);
}

function holds(operator: ComparisonOperator, order: number): boolean {
  switch (operator) {
    case "eq":
      return order === 0;
    case "ne":
      return order !== 0;
    case "gt":
      return order > 0;
    case "ge":
      return order >= 0;
    case "lt":
      return order < 0;
    case "le":
      return order <= 0;
  }
}
