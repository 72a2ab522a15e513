export type ValueType = "boolean" | "date" | "string";

/** A date is a string in the form that `readDate` returns. */
export type Value = boolean | string;

export type ComparisonOperator = "eq" | "ne" | "gt" | "ge" | "lt" | "le";

export interface Comparison {
  readonly kind: "comparison";
  readonly operator: ComparisonOperator;
  /** Has the same type as `right`. */
  readonly left: Expression;
  readonly right: Expression;
}

/** A parsed filter, or a part of one. Its types have been checked. */
export type Expression =
  | { readonly kind: "literal"; readonly type: ValueType; readonly value: Value }
  | { readonly kind: "member"; readonly type: ValueType; readonly name: string }
  | Comparison
  | {
      readonly kind: "call";
      readonly name: "startswith" | "contains";
      readonly text: Expression;
      readonly part: Expression;
    }
  | { readonly kind: "not"; readonly operand: Expression }
  | { readonly kind: "and" | "or"; readonly operands: readonly Expression[] };

export function typeOf(expression: Expression): ValueType {
  return expression.kind === "literal" || expression.kind === "member"
    ? expression.type
    : "boolean";
}
