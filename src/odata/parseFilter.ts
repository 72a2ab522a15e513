import { type ComparisonOperator, type Expression, typeOf, type ValueType } from "./expression.ts";
import { readTokens, type Token } from "./tokens.ts";

/*
 * The subset of OData's $filter that this app accepts. `and` binds tighter than `or`:
 *
 *   filter     = conjunct *( "or" conjunct )
 *   conjunct   = condition *( "and" condition )
 *   condition  = "not" condition / comparison
 *   comparison = operand [ ( "eq" / "ne" / "gt" / "ge" / "lt" / "le" ) operand ]
 *   operand    = "(" filter ")" / call / member / literal
 *   call       = ( "startswith" / "contains" ) "(" operand "," operand ")"
 *   literal    = "true" / "false" / "null" / string / date / number
 *   string     = "'" characters "'", with quotes inside it doubled
 *   number     = digits, with a sign, a fraction and an exponent, and one of L l f d m M at its end
 *   date       = ISO 8601 with a time, bare or in datetime'' or datetimeoffset'', UTC if it has no offset
 *
 * Both sides of a comparison have the same type. Booleans are compared only with eq and ne, so `not a eq b`
 * means the same whichever operator binds tighter. Strings are compared by UTF-16 units, as in Table
 * Storage. A filter is a boolean, and so are the operands of `and`, `or` and `not`.
 */

/** The maximum nesting of parentheses, `not` and calls. The parser is recursive and its stack finite. */
const deepest = 100;

export type ParsedFilter =
  | { readonly kind: "filter"; readonly filter: Expression }
  /** `position` counts UTF-16 units from 1; `expected` completes "expected …". */
  | { readonly kind: "malformed"; readonly position: number; readonly expected: string };

/** Parses a filter on an item that has these members, with these types. */
export function parseFilter(text: string, members: ReadonlyMap<string, ValueType>): ParsedFilter {
  const reading = readTokens(text);
  return reading.kind === "tokens" ? parseTokens(reading.tokens, members) : reading;
}

const operators: ReadonlyMap<string, ComparisonOperator> = new Map(
  (["eq", "ne", "gt", "ge", "lt", "le"] as const).map((operator) => [operator, operator]),
);

function parseTokens(
  tokens: readonly Token[],
  members: ReadonlyMap<string, ValueType>,
): ParsedFilter {
  const end: Token = tokens.at(-1) ?? { kind: "end", position: 1 };
  const anOperand = `one of ${[...members.keys()].join(", ")}, a literal, startswith, contains, not or (`;
  let index = 0;
  let depth = 0;
  /** The first fault. After a fault, every part is undefined. */
  let fault: { position: number; expected: string } | undefined;

  const filter = booleans("or");
  if (filter !== undefined && next().kind !== "end") fail(next(), "and, or, or the end");
  return fault || filter === undefined
    ? { kind: "malformed", position: 1, expected: anOperand, ...fault }
    : { kind: "filter", filter };

  function next(): Token {
    return tokens[index] ?? end;
  }

  function fail({ position }: Token, expected: string): undefined {
    fault ??= { position, expected };
  }

  /** Consumes the next token if it is this word or mark. Returns whether it did. */
  function take(text: string): boolean {
    const token = next();
    const taken = (token.kind === "word" || token.kind === "mark") && token.text === text;
    if (taken) index++;
    return taken;
  }

  /** Parses operands that `or` or, one level down, `and` joins. Returns a single operand unchanged. */
  function booleans(joiner: "or" | "and"): Expression | undefined {
    const operand = () => (joiner === "or" ? booleans("and") : condition());
    const first = operand();
    const operands: Expression[] = [];
    for (let one = first; one !== undefined; one = operand()) {
      operands.push(one);
      if (!take(joiner)) break;
    }
    if (fault || first === undefined) return undefined;
    return operands.length === 1 ? first : { kind: joiner, operands };
  }

  function condition(): Expression | undefined {
    const token = next();
    if (take("not")) {
      const operand = nested(token, condition);
      return operand && { kind: "not", operand };
    }
    const compared = comparison();
    if (compared === undefined) return undefined;
    return typeOf(compared) === "boolean" ? compared : fail(next(), "eq, ne, gt, ge, lt or le");
  }

  function comparison(): Expression | undefined {
    const first = next();
    const left = operand();
    const token = next();
    const operator = token.kind === "word" ? operators.get(token.text) : undefined;
    if (left === undefined || operator === undefined) return left;
    const type = typeOf(left);
    if (type === "null") return fail(first, "a member before null");
    if (type === "boolean" && operator !== "eq" && operator !== "ne") {
      return fail(token, "eq or ne for a boolean");
    }
    index++;
    const right = operand(type);
    return right && { kind: "comparison", operator, left, right };
  }

  /** @param type the type that the operand must have, if it is known */
  function operand(type?: ValueType): Expression | undefined {
    const token = next();
    const found = untyped(token);
    if (found === undefined) return undefined;
    const isFit = type === undefined || typeOf(found) === type || isNull(found);
    return isFit ? found : fail(token, `a ${type}`);
  }

  function untyped(token: Token): Expression | undefined {
    index++;
    if (token.kind === "literal") return { kind: "literal", type: token.type, value: token.value };
    if (token.kind === "mark" && token.text === "(") {
      const inner = nested(token, () => booleans("or"));
      return inner && closed(inner);
    }
    if (token.kind !== "word") return fail(token, anOperand);
    const { text } = token;
    if (text === "true" || text === "false") {
      return { kind: "literal", type: "boolean", value: text === "true" };
    }
    if (text === "null") return { kind: "literal", type: "null", value: null };
    if (text === "startswith" || text === "contains") return nested(token, () => call(text));
    const type = members.get(text);
    return type === undefined ? fail(token, anOperand) : { kind: "member", type, name: text };
  }

  function call(name: "startswith" | "contains"): Expression | undefined {
    if (!take("(")) return fail(next(), "(");
    const text = operand("string");
    if (text === undefined) return undefined;
    if (!take(",")) return fail(next(), ",");
    const part = operand("string");
    return part && closed({ kind: "call", name, text, part });
  }

  function closed(inner: Expression): Expression | undefined {
    return take(")") ? inner : fail(next(), ")");
  }

  function nested(token: Token, parse: () => Expression | undefined): Expression | undefined {
    if (depth === deepest) return fail(token, `no more than ${deepest} levels`);
    depth++;
    const inner = parse();
    depth--;
    return inner;
  }
}

function isNull(expression: Expression): boolean {
  return expression.kind === "literal" && expression.value === null;
}
