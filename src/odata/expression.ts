export type ValueType = "boolean" | "date" | "number" | "string";

/** A date is a string in the form that `readDate` returns. */
export type Value = boolean | number | string | null;

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
  /** `null` has the type of what it is compared with. */
  | { readonly kind: "literal"; readonly type: ValueType | "null"; readonly value: Value }
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

export function typeOf(expression: Expression): ValueType | "null" {
  return expression.kind === "literal" || expression.kind === "member"
    ? expression.type
    : "boolean";
}
