import {
  type ArithmeticOperator,
  areComparable,
  type ComparisonOperator,
  type Expression,
  type FilterFunction,
  isNumeric,
  typeOf,
  type ValueType,
} from "./expression.ts";
import { filterFunctions } from "./filterFunctions.ts";
import { folded } from "./fold.ts";
import { readTokens, type Token } from "./tokens.ts";

/*
 * OData's $filter, as MS-ODATA 2.2.3.6.1.1 has it and the client libraries of 2013 to 2018 write it. From the tightest
 * operator to the loosest, each from the left to the right:
 *
 *   -  not                 a sign, and the opposite of a boolean
 *   mul  div  mod
 *   add  sub
 *   gt  ge  lt  le
 *   eq  ne
 *   and
 *   or
 *
 * An expression of any type may stand in parentheses. Literals are in `tokens.ts`, functions in `filterFunctions.ts`. Both
 * sides of a comparison have the same type, or one is null. Booleans are compared only with eq and ne. Strings are compared
 * by UTF-16 units, as in Table Storage. A filter is a boolean, and so are the operands of `and`, `or` and `not`. Before an
 * operand that is none, `not` means what follows it up to `and`: `not text eq 'a'` can mean nothing else.
 */

/**
 * The maximum nesting of an expression. To evaluate one is recursive, and the stack finite. Any number of operands of `or`
 * are one level, in whichever way they are nested, and parentheses alone are none.
 */
const deepest = 100;

/** A member that a filter can name. */
export interface NamedMember {
  /** The name that it has in the expression: clients of 2013 write `__createdAt` for `createdAt`. */
  readonly name: string;
  readonly type: ValueType;
}

export type ParsedFilter =
  | { readonly kind: "filter"; readonly filter: Expression }
  /** `position` counts UTF-16 units from 1; `expected` completes "expected …". */
  | { readonly kind: "malformed"; readonly position: number; readonly expected: string };

/** Parses a filter on an item that has these members. */
export function parseFilter(text: string, members: ReadonlyMap<string, NamedMember>): ParsedFilter {
  const reading = readTokens(text);
  return reading.kind === "tokens" ? parseTokens(reading.tokens, members) : reading;
}

type Binary =
  | { readonly kind: "joiner"; readonly operator: "and" | "or" }
  | { readonly kind: "comparison"; readonly operator: ComparisonOperator }
  | { readonly kind: "arithmetic"; readonly operator: ArithmeticOperator };

const operators: ReadonlyMap<string, Binary & { readonly binds: number }> = new Map([
  ["or", { kind: "joiner", operator: "or", binds: 1 }],
  ["and", { kind: "joiner", operator: "and", binds: 2 }],
  ["eq", { kind: "comparison", operator: "eq", binds: 3 }],
  ["ne", { kind: "comparison", operator: "ne", binds: 3 }],
  ["gt", { kind: "comparison", operator: "gt", binds: 4 }],
  ["ge", { kind: "comparison", operator: "ge", binds: 4 }],
  ["lt", { kind: "comparison", operator: "lt", binds: 4 }],
  ["le", { kind: "comparison", operator: "le", binds: 4 }],
  ["add", { kind: "arithmetic", operator: "add", binds: 5 }],
  ["sub", { kind: "arithmetic", operator: "sub", binds: 5 }],
  ["mul", { kind: "arithmetic", operator: "mul", binds: 6 }],
  ["div", { kind: "arithmetic", operator: "div", binds: 6 }],
  ["mod", { kind: "arithmetic", operator: "mod", binds: 6 }],
]);

/** How tight what stands before an operand binds. */
const bindsSign = 7;

/** An operand that has been parsed. */
interface Operand {
  readonly expression: Expression;
  readonly position: number;
  readonly depth: number;
  /** Whether it is a literal in lower case that means the upper case too. */
  readonly isGuid?: boolean;
}

interface Unary {
  readonly kind: "not" | "sign";
}

/** What waits for its operands, or for the parenthesis that closes it. */
type Waiting = { readonly token: Token } & (
  | (Binary & { readonly binds: number })
  | Unary
  | { readonly kind: "group" }
  | { readonly kind: "call"; readonly called: FilterFunction; readonly before: number }
);

function isUnary(waiting: Waiting): waiting is Waiting & Unary {
  return waiting.kind === "not" || waiting.kind === "sign";
}

type Fault = Extract<ParsedFilter, { readonly kind: "malformed" }>;

/**
 * Parses without recursion (the algorithm is Dijkstra's, with two stacks), because a client may nest the operands of `or`
 * as deep as it has operands.
 */
function parseTokens(
  tokens: readonly Token[],
  members: ReadonlyMap<string, NamedMember>,
): ParsedFilter {
  const named = [...members].filter(([written, { name }]) => written === name);
  const anOperand = `one of ${named.map(([name]) => name).join(", ")}, a literal, a function, not or (`;
  const end: Token = tokens.at(-1) ?? { kind: "end", position: 1 };
  const operands: Operand[] = [];
  const waiting: Waiting[] = [];
  let index = 0;
  /** Whether an operand comes next: if not, an operator or a closing parenthesis does. */
  let wantsOperand = true;

  for (;;) {
    const token = tokens[index] ?? end;
    const fault = wantsOperand ? readOperand(token) : readOperator(token);
    if (fault) return fault;
    if (token.kind === "end") break;
    index++;
  }
  const [filter] = operands;
  if (filter === undefined) return malformed(end, anOperand);
  return mustBeBoolean(filter, end) ?? { kind: "filter", filter: filter.expression };

  function malformed({ position }: { readonly position: number }, expected: string): Fault {
    return { kind: "malformed", position, expected };
  }

  function push(
    expression: Expression,
    { position }: { readonly position: number },
    depth: number,
  ): Fault | undefined {
    if (depth > deepest) return malformed({ position }, `no more than ${deepest} levels`);
    operands.push({ expression, position, depth });
    wantsOperand = false;
    return undefined;
  }

  function readOperand(token: Token): Fault | undefined {
    if (token.kind === "literal") {
      return push({ kind: "literal", type: token.type, value: token.value }, token, 0);
    }
    if (token.kind === "guid") {
      const { value, position } = token;
      const expression = { kind: "literal", type: "string", value } as const;
      operands.push({ expression, position, depth: 0, isGuid: true });
      wantsOperand = false;
      return undefined;
    }
    if (token.kind === "mark" && token.text === "(") {
      waiting.push({ kind: "group", token });
      return undefined;
    }
    if (token.kind === "mark" && token.text === "-") {
      waiting.push({ kind: "sign", token });
      return undefined;
    }
    if (token.kind !== "word") return malformed(token, anOperand);
    const { text } = token;
    const next = tokens[index + 1];
    const isCall = next?.kind === "mark" && next.text === "(";
    if (text === "not") {
      waiting.push({ kind: "not", token });
      return undefined;
    }
    if (isCall) {
      const called = filterFunctions.get(text);
      if (called === undefined) {
        const known = [...filterFunctions.keys()].join(", ");
        return malformed(token, `a known function, which ${text.slice(0, 64)} is not: ${known}`);
      }
      waiting.push({ kind: "call", token, called, before: operands.length });
      index++;
      return undefined;
    }
    if (text === "true" || text === "false") {
      return push({ kind: "literal", type: "boolean", value: text === "true" }, token, 0);
    }
    if (text === "null") return push({ kind: "literal", type: "null", value: null }, token, 0);
    const member = members.get(text);
    if (member) return push({ kind: "member", ...member }, token, 0);
    return malformed(
      filterFunctions.has(text) && next ? next : token,
      filterFunctions.has(text) ? "(" : anOperand,
    );
  }

  function readOperator(token: Token): Fault | undefined {
    const operator = token.kind === "word" ? operators.get(token.text) : undefined;
    if (operator) {
      const fault = applyWaiting(operator.binds, token);
      if (fault) return fault;
      waiting.push({ ...operator, token });
      wantsOperand = true;
      return undefined;
    }
    const mark = token.kind === "mark" ? token.text : token.kind;
    const fault = applyWaiting(0, token);
    if (fault) return fault;
    const open = waiting.at(-1);
    if (mark === ")" && open?.kind === "group") {
      waiting.pop();
      return undefined;
    }
    if (open?.kind === "call") {
      const given = operands.length - open.before;
      const { takes, least } = open.called;
      if (mark === "," && given < takes.length) {
        wantsOperand = true;
        return undefined;
      }
      if (mark === ")" && given >= least) {
        waiting.pop();
        return call(open);
      }
      return malformed(token, given < least ? "," : given < takes.length ? ", or )" : ")");
    }
    if (mark === "end" && open === undefined) return undefined;
    return open === undefined
      ? (operandFault(token) ?? malformed(token, "and, or, or the end"))
      : malformed(token, ")");
  }

  /** Names what a condition lacks, if what has been read is none. */
  function operandFault(token: Token): Fault | undefined {
    const last = operands.at(-1);
    return last && mustBeBoolean(last, token);
  }

  function mustBeBoolean({ expression }: Operand, at: Token): Fault | undefined {
    const isBoolean = typeOf(expression) === "boolean";
    return isBoolean ? undefined : malformed(at, "eq, ne, gt, ge, lt or le");
  }

  /** Applies what waits and binds at least as tight, so that its right operand is complete. @param next what comes after it */
  function applyWaiting(binds: number, next: Token): Fault | undefined {
    for (;;) {
      const top = waiting.at(-1);
      if (top === undefined || top.kind === "group" || top.kind === "call") return undefined;
      if ((isUnary(top) ? bindsSign : top.binds) < binds) return undefined;
      const operand = operands.at(-1);
      const isCondition = operand && areComparable(typeOf(operand.expression), "boolean");
      // What `not` stands before is not complete.
      const and = operators.get("and");
      if (top.kind === "not" && !isCondition && and && binds > and.binds) return undefined;
      waiting.pop();
      const fault = isUnary(top) ? applyUnary(top, next) : applyBinary(top, next);
      if (fault) return fault;
    }
  }

  function applyUnary({ kind, token }: Waiting & Unary, next: Token): Fault | undefined {
    const operand = operands.pop();
    if (operand === undefined) return malformed(next, anOperand);
    const { expression, depth, position } = operand;
    if (kind === "not") {
      const negation = folded({ kind: "not", operand: expression });
      return mustBeCondition(operand, next) ?? push(negation, token, depth + 1);
    }
    if (!areComparable(typeOf(expression), "number")) return malformed({ position }, "a number");
    const zero = { kind: "literal", type: "integer", value: 0 } as const;
    const negated = arithmetic("sub", zero, expression);
    return push(folded(negated), token, depth + 1);
  }

  function applyBinary(binary: Waiting & Binary, next: Token): Fault | undefined {
    const [right, left] = [operands.pop(), operands.pop()];
    if (left === undefined || right === undefined) return malformed(next, anOperand);
    const depth = 1 + Math.max(left.depth, right.depth);
    if (binary.kind === "comparison") {
      const compared = compare(binary.operator, binary.token, left, right);
      return compared.kind === "malformed" ? compared : push(folded(compared), left, depth);
    }
    if (binary.kind === "joiner") {
      const fault = mustBeCondition(left, binary.token) ?? mustBeCondition(right, next);
      return fault ?? join(binary.operator, left, right);
    }
    for (const { expression, position } of [left, right]) {
      if (!areComparable(typeOf(expression), "number")) return malformed({ position }, "a number");
    }
    return push(
      folded(arithmetic(binary.operator, left.expression, right.expression)),
      left,
      depth,
    );
  }

  /** A condition may be null, which is not true. */
  function mustBeCondition(operand: Operand, at: Token): Fault | undefined {
    const { expression } = operand;
    const isNull = expression.kind === "literal" && expression.type === "null";
    return isNull ? undefined : mustBeBoolean(operand, at);
  }

  /** Joins two conditions. Operands that the same operator joins already become operands of one. */
  function join(kind: "and" | "or", left: Operand, right: Operand): Fault | undefined {
    const joined: Expression[] = [];
    let depth = 0;
    for (const { expression, depth: own } of [left, right]) {
      if (expression.kind === kind) {
        joined.push(...expression.operands);
        depth = Math.max(depth, own);
      } else {
        joined.push(expression);
        depth = Math.max(depth, own + 1);
      }
    }
    return push(folded({ kind, operands: joined }), left, depth);
  }

  function compare(
    operator: ComparisonOperator,
    token: Token,
    left: Operand,
    right: Operand,
  ): Expression | Fault {
    const [a, b] = [left.expression, right.expression];
    const [leftType, rightType] = [typeOf(a), typeOf(b)];
    if (!areComparable(leftType, rightType)) return malformed(right, `a ${wanted(leftType)}`);
    const isBoolean = leftType === "boolean" || rightType === "boolean";
    if (isBoolean && operator !== "eq" && operator !== "ne") {
      return malformed(token, "eq or ne for a boolean");
    }
    if (left.isGuid || right.isGuid) return compareGuid(operator, token, left, right);
    return { kind: "comparison", operator, left: a, right: b };
  }

  function call({ token, called, before }: Extract<Waiting, { kind: "call" }>): Fault | undefined {
    const given = operands.splice(before);
    const parameters: Expression[] = [];
    for (const [at, { expression, position }] of given.entries()) {
      const type = called.takes[at] ?? "string";
      if (!areComparable(typeOf(expression), type)) {
        return malformed({ position }, `a ${wanted(type)}`);
      }
      parameters.push(expression);
    }
    const depth = 1 + Math.max(...given.map((one) => one.depth));
    // Not folded: what a call costs is counted when it is evaluated.
    return push({ kind: "call", function: called, parameters }, token, depth);
  }

  /** Clients write a guid in lower case or in upper case, and rows hold what clients wrote: either is the same guid. */
  function compareGuid(
    operator: ComparisonOperator,
    token: Token,
    left: Operand,
    right: Operand,
  ): Expression | Fault {
    if (operator !== "eq" && operator !== "ne") return malformed(token, "eq or ne for a guid");
    const formsOf = ({ expression, isGuid }: Operand): readonly Expression[] =>
      isGuid && expression.kind === "literal"
        ? [expression, { ...expression, value: String(expression.value).toUpperCase() }]
        : [expression];
    const lefts = formsOf(left);
    const rights = left.isGuid ? [right.expression] : formsOf(right);
    const operands = lefts.flatMap((a) =>
      rights.map((b) => ({ kind: "comparison", operator, left: a, right: b }) as const),
    );
    return { kind: operator === "eq" ? "or" : "and", operands };
  }
}

function wanted(type: ValueType | "null"): string {
  return isNumeric(type) ? "number" : type;
}

function arithmetic(operator: ArithmeticOperator, left: Expression, right: Expression): Expression {
  const isInteger = [left, right].every((one) => typeOf(one) === "integer");
  return { kind: "arithmetic", operator, type: isInteger ? "integer" : "number", left, right };
}
