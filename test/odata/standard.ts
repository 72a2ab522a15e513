/*
 * An evaluator of filters, written from the standards and not from the code under test: MS-ODATA 2.2.3.6.1.1 for the grammar
 * and its precedence, OData 4.0 part 2 (URL conventions) 5.1.1 for the operators and functions.
 */

type Type = "boolean" | "date" | "guid" | "integer" | "null" | "number" | "string";

/** A date is in ticks of 100 ns since 1970. */
type Plain = bigint | boolean | number | string | null;

interface Typed {
  readonly type: Type;
  readonly value: Plain;
}

/** A row: by names, also those with two underscores. */
export type StandardRow = ReadonlyMap<string, Typed>;

const patterns =
  /\s*(?:(?<quoted>(?<prefix>[A-Za-z]*)'(?<text>(?:[^']|'')*)')|(?<number>-?\d+(?:\.\d+)?(?:[eE][-+ ]?\d+)?[LlFfDdMm]?(?!\w))|(?<word>\w+)|(?<mark>[(),-]))/y;

interface Token {
  readonly kind: "end" | "mark" | "number" | "quoted" | "word";
  readonly text: string;
  readonly prefix: string;
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  const trimmed = text.trimEnd();
  for (patterns.lastIndex = 0; patterns.lastIndex < trimmed.length; ) {
    const groups = patterns.exec(trimmed)?.groups;
    if (!groups) throw new SyntaxError(`${trimmed} has a piece that is nothing.`);
    const { quoted, prefix = "", number, word } = groups;
    if (quoted !== undefined) {
      tokens.push({ kind: "quoted", text: (groups["text"] ?? "").replaceAll("''", "'"), prefix });
    } else if (number !== undefined) tokens.push({ kind: "number", text: number, prefix: "" });
    else if (word !== undefined) tokens.push({ kind: "word", text: word, prefix: "" });
    else tokens.push({ kind: "mark", text: groups["mark"] ?? "", prefix: "" });
  }
  return [...tokens, { kind: "end", text: "", prefix: "" }];
}

/** Returns the ticks of a date, which is UTC if it has no offset. */
export function ticksOf(text: string): bigint {
  const found = /^(\d{4}-\d\d-\d\dT\d\d:\d\d)(:\d\d)?(?:\.(\d+))?(Z|[-+ ]\d\d:\d\d)?$/.exec(text);
  if (!found) throw new TypeError(`${text} is no date.`);
  const [, minutes, seconds = ":00", fraction = "", offset = "Z"] = found;
  const whole = Date.parse(minutes + seconds + offset.replace(" ", "+"));
  return BigInt(whole) * 10_000n + BigInt(fraction.padEnd(7, "0"));
}

/** The levels of binary operators, from the loosest to the tightest. */
const levels = [
  ["or"],
  ["and"],
  ["eq", "ne"],
  ["gt", "ge", "lt", "le"],
  ["add", "sub"],
  ["mul", "div", "mod"],
];

/**
 * Evaluates a filter.
 *
 * @throws TypeError if an operator or function has no meaning for the types of its operands
 */
export function evaluateByStandard(text: string, row: StandardRow): boolean {
  const tokens = tokensOf(text);
  let at = 0;
  const peek = () => tokens[at] ?? { kind: "end", text: "", prefix: "" };
  const take = () => {
    const token = peek();
    at++;
    return token;
  };
  const expect = (mark: string) => {
    if (take().text !== mark) throw new SyntaxError(`${text} lacks ${mark}.`);
  };

  function binary(level: number): Typed {
    const operators = levels[level];
    if (operators === undefined) return unary();
    let left = binary(level + 1);
    while (peek().kind === "word" && operators.includes(peek().text)) {
      const { text: operator } = take();
      left = apply(operator, left, binary(level + 1));
    }
    return left;
  }

  function unary(): Typed {
    if (peek().kind === "word" && peek().text === "not") {
      take();
      const { type, value } = unary();
      if (type !== "boolean" && type !== "null") throw new TypeError("not of no boolean");
      return { type: "boolean", value: value === null ? null : value !== true };
    }
    if (peek().kind === "mark" && peek().text === "-") {
      take();
      const { type, value } = unary();
      if (!isNumber(type)) throw new TypeError("a sign of no number");
      return { type, value: typeof value === "number" ? 0 - value : null };
    }
    return primary();
  }

  function primary(): Typed {
    const token = take();
    switch (token.kind) {
      case "mark": {
        if (token.text !== "(") break;
        const inner = binary(0);
        expect(")");
        return inner;
      }
      case "quoted":
        return literal(token);
      case "number": {
        const isWhole = /^-?\d+[Ll]?$/.test(token.text);
        const value = Number(token.text.replace(/[LlFfDdMm]$/, "").replace(" ", "+"));
        return { type: isWhole ? "integer" : "number", value };
      }
      case "word": {
        if (peek().kind === "mark" && peek().text === "(") {
          take();
          const values = [binary(0)];
          while (peek().text === ",") {
            take();
            values.push(binary(0));
          }
          expect(")");
          return call(token.text, values);
        }
        if (token.text === "true" || token.text === "false") {
          return { type: "boolean", value: token.text === "true" };
        }
        if (token.text === "null") return { type: "null", value: null };
        const member = row.get(token.text);
        if (member) return member;
      }
    }
    throw new SyntaxError(`${text} has ${token.text} in a place of its own.`);
  }

  const result = binary(0);
  if (peek().kind !== "end") throw new SyntaxError(`${text} goes on.`);
  if (result.type !== "boolean") throw new TypeError(`${text} is no condition.`);
  return result.value === true;
}

function literal({ prefix, text }: Token): Typed {
  switch (prefix.toLowerCase()) {
    case "":
      return { type: "string", value: text };
    case "datetime":
    case "datetimeoffset":
      return { type: "date", value: ticksOf(text) };
    case "guid":
      return { type: "guid", value: text.toLowerCase() };
    default:
      throw new SyntaxError(`${prefix} is no literal.`);
  }
}

function isNumber(type: Type): boolean {
  return type === "integer" || type === "number" || type === "null";
}

function apply(operator: string, left: Typed, right: Typed): Typed {
  const boolean = (value: boolean | null): Typed => ({ type: "boolean", value });
  if (operator === "and" || operator === "or") {
    for (const { type } of [left, right]) {
      if (type !== "boolean" && type !== "null") throw new TypeError(`${operator} of no boolean`);
    }
    // 5.1.1.1.7 and 5.1.1.1.8
    const decisive = operator === "or";
    if (left.value === decisive || right.value === decisive) return boolean(decisive);
    return boolean(left.value === null || right.value === null ? null : !decisive);
  }
  if (["add", "sub", "mul", "div", "mod"].includes(operator))
    return calculate(operator, left, right);
  if (operator === "eq" || operator === "ne") {
    return boolean(areEqual(left, right) === (operator === "eq"));
  }
  check(left, right);
  if ([left, right].some(({ type }) => type === "boolean" || type === "guid")) {
    throw new TypeError("no order");
  }
  const [a, b] = [left.value, right.value];
  // 5.1.1.1.3: if an operand is null, the operator is false. What is no number, such as 0 div 0.0, has no order.
  if (a === null || b === null) return boolean(false);
  return boolean({ gt: a > b, ge: a >= b, lt: a < b, le: a <= b }[operator] ?? false);
}

/** 5.1.1.1.1: null equals null alone. */
function areEqual(left: Typed, right: Typed): boolean {
  check(left, right);
  if (left.value === null || right.value === null) return left.value === right.value;
  const isGuid = left.type === "guid" || right.type === "guid";
  const plain = ({ value }: Typed) => (isGuid ? String(value).toLowerCase() : value);
  return plain(left) === plain(right);
}

function check(left: Typed, right: Typed): void {
  if (left.type === "null" || right.type === "null" || left.type === right.type) return;
  if (isNumber(left.type) && isNumber(right.type)) return;
  const texts = [left.type, right.type].every((type) => type === "string" || type === "guid");
  if (!texts) throw new TypeError(`${left.type} against ${right.type}`);
}

function calculate(operator: string, left: Typed, right: Typed): Typed {
  if (!isNumber(left.type) || !isNumber(right.type))
    throw new TypeError(`${operator} of no number`);
  const isWhole = left.type === "integer" && right.type === "integer";
  const type = isWhole ? "integer" : "number";
  const [a, b] = [left.value, right.value];
  if (typeof a !== "number" || typeof b !== "number") return { type, value: null };
  switch (operator) {
    case "add":
      return { type, value: a + b };
    case "sub":
      return { type, value: a - b };
    case "mul":
      return { type, value: a * b };
    case "div":
      if (isWhole) return { type, value: b === 0 ? null : Math.trunc(a / b) };
      return { type, value: a / b };
    default:
      return { type, value: isWhole && b === 0 ? null : a % b };
  }
}

/** The types of the parameters of each function, and of its result. */
const signatures: Readonly<Record<string, readonly [gives: Type, ...takes: Type[]]>> = {
  contains: ["boolean", "string", "string"],
  startswith: ["boolean", "string", "string"],
  endswith: ["boolean", "string", "string"],
  substringof: ["boolean", "string", "string"],
  indexof: ["integer", "string", "string"],
  concat: ["string", "string", "string"],
  replace: ["string", "string", "string", "string"],
  substring: ["string", "string", "integer", "integer"],
  length: ["integer", "string"],
  tolower: ["string", "string"],
  toupper: ["string", "string"],
  trim: ["string", "string"],
  round: ["number", "number"],
  floor: ["number", "number"],
  ceiling: ["number", "number"],
  year: ["integer", "date"],
  month: ["integer", "date"],
  day: ["integer", "date"],
  hour: ["integer", "date"],
  minute: ["integer", "date"],
  second: ["integer", "date"],
};

function call(name: string, values: readonly Typed[]): Typed {
  const [type, ...takes] = signatures[name] ?? [];
  if (type === undefined) throw new SyntaxError(`${name} is no function.`);
  const isFew = values.length < takes.length && !(name === "substring" && values.length === 2);
  if (isFew || values.length > takes.length) throw new SyntaxError(`${name} has other parameters.`);
  for (const [index, value] of values.entries()) {
    const wanted = takes[index] ?? "null";
    const fits = isNumber(wanted) ? isNumber(value.type) : value.type === wanted;
    if (!fits && value.type !== "null") throw new TypeError(`${name} of ${value.type}`);
  }
  // 5.1.1.4: with null, each function is null.
  if (values.some(({ value }) => value === null)) return { type, value: null };
  return { type, value: result(name, values) };
}

function result(name: string, values: readonly Typed[]): Plain {
  const text = (index: number) => String(values[index]?.value ?? "");
  const number = (index: number) => Number(values[index]?.value ?? 0);
  const ticks = values[0]?.value;
  const date = () => new Date(typeof ticks === "bigint" ? Number(ticks / 10_000n) : Number.NaN);
  switch (name) {
    case "contains":
      return text(0).includes(text(1));
    case "substringof":
      return text(1).includes(text(0));
    case "startswith":
      return text(0).startsWith(text(1));
    case "endswith":
      return text(0).endsWith(text(1));
    case "indexof":
      return text(0).indexOf(text(1));
    case "concat":
      return text(0) + text(1);
    case "replace":
      return text(1) === "" ? text(0) : text(0).split(text(1)).join(text(2));
    case "substring": {
      const characters = text(0).split("");
      const end = values.length > 2 ? number(1) + number(2) : characters.length;
      return characters.filter((_, at) => number(1) >= 0 && at >= number(1) && at < end).join("");
    }
    case "length":
      return text(0).length;
    case "tolower":
      return text(0).toLowerCase();
    case "toupper":
      return text(0).toUpperCase();
    case "trim":
      return text(0).trim();
    case "round": {
      // 5.1.1.9.1: a half is rounded away from zero.
      const whole = Math.trunc(number(0));
      const isUp = Math.abs(number(0) - whole) >= 0.5;
      return whole + (isUp ? Math.sign(number(0)) : 0);
    }
    case "floor":
      return Math.floor(number(0));
    case "ceiling":
      return Math.ceil(number(0));
    case "year":
      return date().getUTCFullYear();
    case "month":
      return date().getUTCMonth() + 1;
    case "day":
      return date().getUTCDate();
    case "hour":
      return date().getUTCHours();
    case "minute":
      return date().getUTCMinutes();
    default:
      return date().getUTCSeconds();
  }
}
