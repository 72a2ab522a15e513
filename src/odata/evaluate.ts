import type {
  ArithmeticOperator,
  ComparisonOperator,
  Expression,
  Value,
  Work,
} from "./expression.ts";

/** The members of a row that a filter can name. Dates have the form that `readDate` returns. */
export type Members = Readonly<Record<string, Value>>;

/** Returns whether an item passes a filter, and adds the cost to `work`. */
export function passes(filter: Expression, item: Members, work: Work): boolean {
  return evaluate(filter, item, work) === true;
}

/** @throws Error if the item lacks a member that the expression names */
export function evaluate(expression: Expression, item: Members, work: Work): Value {
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
    case "arithmetic": {
      const { operator, type } = expression;
      const [left, right] = [expression.left, expression.right].map((one) =>
        evaluate(one, item, work),
      );
      work.characters++;
      // With null, every operation is null (OData 4.0, part 2, 5.1.1.2).
      if (typeof left !== "number" || typeof right !== "number") return null;
      return calculate(operator, type === "integer", left, right);
    }
    case "call": {
      const { function: called, parameters } = expression;
      return called.call(
        parameters.map((one) => evaluate(one, item, work)),
        work,
      );
    }
    case "not": {
      const value = evaluate(expression.operand, item, work);
      // Not null is null (OData 4.0, part 2, 5.1.1.1.9).
      return value === null ? null : value !== true;
    }
    case "and":
    case "or":
      return join(expression.operands, expression.kind === "or", item, work);
  }
}

/**
 * Joins operands by `and`, which one false decides, or by `or`, which one true decides. Otherwise one null makes it null
 * (OData 4.0, part 2, 5.1.1.1.7 and 5.1.1.1.8).
 */
function join(
  operands: readonly Expression[],
  decisive: boolean,
  item: Members,
  work: Work,
): boolean | null {
  let joined: boolean | null = !decisive;
  for (const operand of operands) {
    const value = evaluate(operand, item, work);
    if (value === decisive) return decisive;
    if (value === null) joined = null;
  }
  return joined;
}

function calculate(
  operator: ArithmeticOperator,
  isInteger: boolean,
  left: number,
  right: number,
): number | null {
  switch (operator) {
    case "add":
      return left + right;
    case "sub":
      return left - right;
    case "mul":
      return left * right;
    // Of integers, a division has no fraction: it is rounded towards zero (OData 4.0, part 2, 5.1.1.2.4). Services fail the
    // request if one divides an integer by zero; here it is null, so that one row does not hide the others.
    case "div":
      if (!isInteger) return left / right;
      return right === 0 ? null : Math.trunc(left / right);
    // Has the sign of the left one (OData 4.0, part 2, 5.1.1.2.5).
    case "mod":
      return isInteger && right === 0 ? null : left % right;
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
