import type { ComparisonOperator, Expression, Value } from "./expression.ts";

/** The members of a row that a filter can name. Dates have the form that `readDate` returns. */
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
      return compareWith(operator, a, b);
    }
    case "call": {
      const text = evaluate(expression.text, item, work);
      const part = evaluate(expression.part, item, work);
      // Of null, a call is null, which is not true (OData 2.0, section 2.2.3.6.1.1.1).
      if (typeof text !== "string" || typeof part !== "string") return null;
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

/** Compares two values of the same type: strings by UTF-16 units, false before true, and null before everything. */
export function compareValues(left: Value, right: Value): number {
  if (left === right) return 0;
  if (left === null || right === null) return left === null ? -1 : 1;
  if (typeof left === "string" && typeof right === "string") return left < right ? -1 : 1;
  return Number(left) - Number(right);
}

/** Returns whether a comparison holds. Null equals only null, and is neither less nor greater than anything. */
export function compareWith(operator: ComparisonOperator, left: Value, right: Value): boolean {
  if (operator === "eq") return compareValues(left, right) === 0;
  if (operator === "ne") return compareValues(left, right) !== 0;
  if (left === null || right === null) return false;
  return holds(operator, compareValues(left, right));
}

function holds(operator: Exclude<ComparisonOperator, "eq" | "ne">, order: number): boolean {
  switch (operator) {
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
