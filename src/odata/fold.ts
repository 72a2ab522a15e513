import { evaluate } from "./evaluate.ts";
import { type Expression, typeOf } from "./expression.ts";

/**
 * Computes an expression of literals, such as `1 eq 0`, once for all rows, and leaves out operands that decide nothing. Calls
 * stay: what they cost is counted when they are evaluated.
 */
export function folded(expression: Expression): Expression {
  if (expression.kind === "and" || expression.kind === "or") return foldedJoin(expression);
  const parts = operandsOf(expression);
  if (expression.kind === "call" || !parts.every(({ kind }) => kind === "literal")) {
    return expression;
  }
  const value = evaluate(expression, {}, { characters: 0, most: Number.POSITIVE_INFINITY });
  return { kind: "literal", type: typeOf(expression), value };
}

function foldedJoin(expression: Extract<Expression, { readonly kind: "and" | "or" }>): Expression {
  const isDecisive = expression.kind === "or";
  const literal = (value: boolean) => ({ kind: "literal", type: "boolean", value }) as const;
  const isLiteral = (one: Expression, value: boolean) =>
    one.kind === "literal" && one.value === value;
  if (expression.operands.some((one) => isLiteral(one, isDecisive))) return literal(isDecisive);
  const operands = expression.operands.filter((one) => !isLiteral(one, !isDecisive));
  const [only] = operands;
  if (only === undefined) return literal(!isDecisive);
  return operands.length === 1 ? only : { kind: expression.kind, operands };
}

function operandsOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case "literal":
    case "member":
      return [expression];
    case "comparison":
    case "arithmetic":
      return [expression.left, expression.right];
    case "call":
      return expression.parameters;
    case "not":
      return [expression.operand];
    case "and":
    case "or":
      return expression.operands;
  }
}

/** Returns the names of the members in an expression. */
export function membersOf(expression: Expression): ReadonlySet<string> {
  if (expression.kind === "member") return new Set([expression.name]);
  if (expression.kind === "literal") return new Set();
  return new Set(operandsOf(expression).flatMap((one) => [...membersOf(one)]));
}

/** Returns an expression for rows in which a boolean member has one value. */
export function withMember(expression: Expression, name: string, value: boolean): Expression {
  const replaced = (one: Expression) => withMember(one, name, value);
  switch (expression.kind) {
    case "literal":
      return expression;
    case "member":
      return expression.name === name ? { kind: "literal", type: "boolean", value } : expression;
    case "comparison":
    case "arithmetic":
      return folded({
        ...expression,
        left: replaced(expression.left),
        right: replaced(expression.right),
      });
    case "call":
      return { ...expression, parameters: expression.parameters.map(replaced) };
    case "not":
      return folded({ kind: "not", operand: replaced(expression.operand) });
    case "and":
    case "or":
      return folded({ kind: expression.kind, operands: expression.operands.map(replaced) });
  }
}
