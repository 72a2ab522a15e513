import { type ComparisonOperator, type Expression, typeOf, type ValueType } from "./expression.ts";
import { readTokens, type Token } from "./tokens.ts";

/*
 * The part of OData's $filter that is understood here, in which `and` binds tighter than `or`:
 *
 *   filter     = conjunct *( "or" conjunct )
 *   conjunct   = condition *( "and" condition )
 *   condition  = "not" condition / comparison
 *   comparison = operand [ ( "eq" / "ne" / "gt" / "ge" / "lt" / "le" ) operand ]
 *   operand    = "(" filter ")" / call / member / literal
 *   call       = ( "startswith" / "contains" ) "(" operand "," operand ")"
 *   literal    = "true" / "false" / string / date
 *   string     = "'" characters "'", a quote in it doubled
 *   date       = ISO 8601, bare or in datetime'' or datetimeoffset'', UTC where it has no offset
 *
 * Both sides of a comparison are of one type; booleans are compared with eq and ne alone, which makes
 * `not a eq b` mean the same whichever of the two binds tighter. Strings are compared by their UTF-16
 * units, as Table Storage does. A filter, and what `and`, `or` and `not` join, is a boolean.
 */

/** In UTF-16 units. */
const longestFilter = 8_192;

/** How deep parentheses, `not` and calls may be nested: the parser's own stack is finite. */
const deepest = 100;

export type ParsedFilter =
  | { readonly kind: "filter"; readonly filter: Expression }
  /** `position` counts UTF-16 units from 1; `expected` completes "expected …". */
  | { readonly kind: "malformed"; readonly position: number; readonly expected: string };

/** Parses a filter on the members of an item, given with their types. */
export function parseFilter(text: string, members: ReadonlyMap<string, ValueType>): ParsedFilter {
  if (text.length > longestFilter) {
    return {
      kind: "malformed",
      position: longestFilter + 1,
      expected: "no more than 8,192 characters",
    };
  }
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
  /** The first thing that is wrong; from then on every part is undefined. */
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

  /** Takes the next token where it is this word or mark. */
  function take(text: string): boolean {
    const token = next();
    const taken = (token.kind === "word" || token.kind === "mark") && token.text === text;
    if (taken) index++;
    return taken;
  }

  /** What `or` joins, or one level down what `and` does; without either, that operand as it is. */
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
    const left = operand();
    const token = next();
    const operator = token.kind === "word" ? operators.get(token.text) : undefined;
    if (left === undefined || operator === undefined) return left;
    const type = typeOf(left);
    if (type === "boolean" && operator !== "eq" && operator !== "ne") {
      return fail(token, "eq or ne, for a boolean");
    }
    index++;
    const right = operand(type);
    return right && { kind: "comparison", operator, left, right };
  }

  /** @param type what it has to be of, where that is known */
  function operand(type?: ValueType): Expression | undefined {
    const token = next();
    const found = untyped(token);
    if (found === undefined) return undefined;
    return type === undefined || typeOf(found) === type ? found : fail(token, `a ${type}`);
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
