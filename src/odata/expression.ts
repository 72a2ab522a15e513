/** An `integer` is a number too, of which a division has no fraction. */
export type ValueType = "boolean" | "date" | "integer" | "number" | "string";

/** A date is a string in the form that `readDate` returns. */
export type Value = boolean | number | string | null;

export type ComparisonOperator = "eq" | "ne" | "gt" | "ge" | "lt" | "le";

export type ArithmeticOperator = "add" | "sub" | "mul" | "div" | "mod";

export interface Comparison {
  readonly kind: "comparison";
  readonly operator: ComparisonOperator;
  /** Can be compared with `right`: see {@link areComparable}. */
  readonly left: Expression;
  readonly right: Expression;
}

/** A parsed filter, or a part of one. Its types have been checked. */
export type Expression =
  /** `null` has the type of what it is compared with. */
  | { readonly kind: "literal"; readonly type: ValueType | "null"; readonly value: Value }
  | { readonly kind: "member"; readonly type: ValueType; readonly name: string }
  | Comparison
  | {
      readonly kind: "arithmetic";
      readonly operator: ArithmeticOperator;
      readonly type: "integer" | "number";
      readonly left: Expression;
      readonly right: Expression;
    }
  | {
      readonly kind: "call";
      readonly function: FilterFunction;
      readonly parameters: readonly Expression[];
    }
  | { readonly kind: "not"; readonly operand: Expression }
  | { readonly kind: "and" | "or"; readonly operands: readonly Expression[] };

/** A function of the filter language. */
export interface FilterFunction {
  readonly name: string;
  /** The types of its parameters. A parameter of a number takes an integer, and each takes null. */
  readonly takes: readonly ValueType[];
  /** How many of the parameters must be there. */
  readonly least: number;
  readonly gives: ValueType;
  /** Returns null if a value is null. Adds to `work` what it costs, before it pays it. */
  readonly call: (values: readonly Value[], work: Work) => Value;
}

/** Counts what filters cost: some 5 ns for each character, at worst. */
export interface Work {
  /** The characters that comparisons and calls may have looked at or made. */
  characters: number;
  /** The most that may be spent. What costs more is not computed: its value is null, and the filter's result has no meaning. */
  readonly most: number;
}

export function typeOf(expression: Expression): ValueType | "null" {
  switch (expression.kind) {
    case "literal":
    case "member":
    case "arithmetic":
      return expression.type;
    case "call":
      return expression.function.gives;
    case "comparison":
    case "not":
    case "and":
    case "or":
      return "boolean";
  }
}

export function isNumeric(type: ValueType | "null"): type is "integer" | "number" {
  return type === "integer" || type === "number";
}

/** Returns whether an expression of one type fits where the other is wanted. */
export function areComparable(left: ValueType | "null", right: ValueType | "null"): boolean {
  if (left === "null" || right === "null" || left === right) return true;
  return isNumeric(left) && isNumeric(right);
}
