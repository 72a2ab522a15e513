import type { ComparisonOperator, Expression, Value } from "./expression.ts";

/** The members of an item that a filter can name. Dates have the form that `readDate` returns. */
export type Members = Readonly<Record<string, Value>>;

/** Counts what filters cost: some 5 ns for each character, at worst. */
export interface Work {
  /** The characters that comparisons and calls may have looked at. */
  characters: number;
}

/** Returns whether an item passes a filter, and adds the cost to `work`. */
export function passes(filter: Expression, item: Members, work: Work): boolean {
  return evaluate(filter, item, work) === true;
}

function evaluate(expression: Expression, item: Members, work: Work): Value {
  switch (expression.kind) {
    case "literal":
      return expression.value;
    case "member":
      return memberOf(item, expression.name);
    case "comparison": {
      const { operator, left, right } = expression;
      const [a, b] = [evaluate(left, item, work), evaluate(right, item, work)];
      work.characters += 1 + Math.min(lengthOf(a), lengthOf(b));
      return holds(operator, compareValues(a, b));
    }
    case "call": {
      const text = String(evaluate(expression.text, item, work));
      const part = String(evaluate(expression.part, item, work));
      if (expression.name === "startswith") {
        work.characters += 1 + Math.min(text.length, part.length);
        return text.startsWith(part);
      }
      // The search for a long part looks at a character many times, if the two are much alike.
      work.characters += 1 + text.length * Math.ceil((1 + part.length) / 16);
      return text.includes(part);
    }
    case "not":
      return !passes(expression.operand, item, work);
    case "and":
      return expression.operands.every((operand) => passes(operand, item, work));
    case "or":
      return expression.operands.some((operand) => passes(operand, item, work));
  }
}

function memberOf(item: Members, name: string): Value {
  const value = item[name];
  if (value === undefined) throw new Error(`The filter names ${name}, but the item lacks it.`);
  return value;
}

function lengthOf(value: Value): number {
  return typeof value === "string" ? value.length : 1;
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
