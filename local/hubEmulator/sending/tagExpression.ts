import { maxTagLength, tagKey } from "../registrations/tags.ts";

export type TagExpression =
  | { readonly kind: "tag"; readonly tag: string }
  | { readonly kind: "not"; readonly operand: TagExpression }
  | { readonly kind: "and" | "or"; readonly left: TagExpression; readonly right: TagExpression };

export type ParsedTagExpression =
  | { readonly kind: "expression"; readonly expression: TagExpression }
  | { readonly kind: "malformed"; readonly detail: string };

/** The service's limits: https://learn.microsoft.com/azure/notification-hubs/notification-hubs-tags-segment-push-message */
const maxTagsOfOr = 20;
const maxTagsOtherwise = 6;

/** The maximum nesting: more than an expression with 20 tags needs. */
const maxDepth = 64;

/** Matches a tag, a tag that the hub sets (`$InstallationId:{…}`), an operator or a parenthesis. */
const token = /\s*(?:(\$[A-Za-z]+:\{[^{}]+\}|[A-Za-z0-9_@#.:-]+)|(&&|\|\||[!()]))/y;

/**
 * Parses a tag expression: `!` binds tightest, then `&&`, then `||`. The limit is 20 tags if all operators
 * are `||`, otherwise 6.
 */
export function parseTagExpression(text: string): ParsedTagExpression {
  const tokens = tokenize(text);
  if (tokens === undefined) return malformed("it holds a character that no tag or operator has");
  const tags = tokens.filter(({ kind }) => kind === "tag");
  if (tags.some((tag) => tag.text.length > maxTagLength && !tag.text.startsWith("$"))) {
    return malformed(`a tag is longer than ${maxTagLength} characters`);
  }
  const onlyOr = tokens.every(
    ({ kind, text: t }) => kind === "tag" || t === "||" || t === "(" || t === ")",
  );
  const limit = onlyOr ? maxTagsOfOr : maxTagsOtherwise;
  if (tags.length > limit) return malformed(`it has more than ${limit} tags`);

  let position = 0;
  let depth = 0;

  function take(operator: string): boolean {
    const next = tokens?.[position];
    if (next?.kind !== "operator" || next.text !== operator) return false;
    position++;
    return true;
  }

  function binary(
    operator: "&&" | "||",
    kind: "and" | "or",
    operand: () => TagExpression | undefined,
  ): TagExpression | undefined {
    let left = operand();
    while (left !== undefined && take(operator)) {
      const right = operand();
      left = right && { kind, left, right };
    }
    return left;
  }

  function or(): TagExpression | undefined {
    return binary("||", "or", and);
  }

  function and(): TagExpression | undefined {
    return binary("&&", "and", unary);
  }

  function unary(): TagExpression | undefined {
    if (depth === maxDepth) return undefined;
    if (take("!")) {
      depth++;
      const operand = unary();
      depth--;
      return operand && { kind: "not", operand };
    }
    if (take("(")) {
      depth++;
      const inner = or();
      depth--;
      return take(")") ? inner : undefined;
    }
    const next = tokens?.[position];
    if (next?.kind !== "tag") return undefined;
    position++;
    return { kind: "tag", tag: tagKey(next.text) };
  }

  const expression = or();
  if (expression === undefined || position < tokens.length) {
    return malformed("an operator, an operand or a parenthesis is missing");
  }
  return { kind: "expression", expression };
}

function malformed(reason: string): ParsedTagExpression {
  return { kind: "malformed", detail: `The tag expression is invalid: ${reason}` };
}

interface Token {
  readonly kind: "tag" | "operator";
  readonly text: string;
}

function tokenize(text: string): Token[] | undefined {
  const trimmed = text.trimEnd();
  const tokens: Token[] = [];
  token.lastIndex = 0;
  while (token.lastIndex < trimmed.length) {
    const match = token.exec(trimmed);
    if (match?.[1] !== undefined) tokens.push({ kind: "tag", text: match[1] });
    else if (match?.[2] !== undefined) tokens.push({ kind: "operator", text: match[2] });
    else return undefined;
  }
  return tokens;
}

/** @param has returns whether the device has a tag, which is given in the form of `tagKey` */
export function matches(expression: TagExpression, has: (tag: string) => boolean): boolean {
  switch (expression.kind) {
    case "tag":
      return has(expression.tag);
    case "not":
      return !matches(expression.operand, has);
    case "and":
      return matches(expression.left, has) && matches(expression.right, has);
    case "or":
      return matches(expression.left, has) || matches(expression.right, has);
  }
}

/**
 * Returns a set of items that includes every match, found by tag lookups alone, or undefined if tags can't
 * narrow the search.
 */
export function candidates<T>(
  expression: TagExpression,
  withTag: (tag: string) => readonly T[],
): readonly T[] | undefined {
  switch (expression.kind) {
    case "tag":
      return withTag(expression.tag);
    case "not":
      return undefined;
    case "and": {
      const left = candidates(expression.left, withTag);
      const right = candidates(expression.right, withTag);
      if (left === undefined || right === undefined) return left ?? right;
      return left.length < right.length ? left : right;
    }
    case "or": {
      const left = candidates(expression.left, withTag);
      const right = candidates(expression.right, withTag);
      return left && right && [...new Set([...left, ...right])];
    }
  }
}
