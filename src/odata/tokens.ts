import { readDate } from "./date.ts";
import type { Value, ValueType } from "./expression.ts";

/** A token of a filter. `position` counts UTF-16 units from 1. */
export type Token = { readonly position: number } & (
  | { readonly kind: "word"; readonly text: string }
  | { readonly kind: "mark"; readonly text: string }
  | { readonly kind: "literal"; readonly type: ValueType; readonly value: Value }
  /** Lower-case. */
  | { readonly kind: "guid"; readonly value: string }
  | { readonly kind: "end" }
);

export type Tokens =
  | { readonly kind: "tokens"; readonly tokens: readonly Token[] }
  | { readonly kind: "malformed"; readonly position: number; readonly expected: string };

/**
 * A plus sign that a client did not encode arrives as a space, in the exponent of a number and in the offset of a date.
 * The letter at the end of a number is its type in .NET: L for a whole number, f, d and m for others.
 */
const pattern =
  /(?<prefix>[A-Za-z]+)'(?<quoted>(?:[^']|'')*)'|(?<date>\d{4}-[\d:.TZ+-]+(?: \d\d:\d\d)?)|(?<number>-?\d+(?<fraction>\.\d+)?(?<exponent>[eE][+\- ]?\d+)?)(?<suffix>[LlFfDdMm])?(?!\w)|'(?<string>(?:[^']|'')*)'|(?<word>[A-Za-z_]\w*)|(?<mark>[(),-])/y;

const space = /\s*/y;

/** Splits a filter into tokens. The last token is the end. */
export function readTokens(text: string): Tokens {
  const tokens: Token[] = [];
  let index = 0;
  while (true) {
    space.lastIndex = index;
    space.exec(text);
    index = space.lastIndex;
    const position = index + 1;
    if (index === text.length)
      return { kind: "tokens", tokens: [...tokens, { kind: "end", position }] };

    pattern.lastIndex = index;
    const groups = pattern.exec(text)?.groups;
    if (!groups) {
      const expected =
        text[index] === "'" ? "a closing quote" : "a name, a literal or a parenthesis";
      return { kind: "malformed", position, expected };
    }
    index = pattern.lastIndex;
    const { prefix, quoted, date, number, string, word, mark } = groups;
    if (word !== undefined) tokens.push({ kind: "word", text: word, position });
    else if (number !== undefined) {
      const { fraction, exponent, suffix = "" } = groups;
      const isWhole = fraction === undefined && exponent === undefined && /^[Ll]?$/.test(suffix);
      const value = Number(number.replace(" ", "+"));
      tokens.push({ kind: "literal", type: isWhole ? "integer" : "number", value, position });
    } else if (mark !== undefined) tokens.push({ kind: "mark", text: mark, position });
    else if (string !== undefined) {
      const value = string.replaceAll("''", "'");
      tokens.push({ kind: "literal", type: "string", value, position });
    } else {
      const token = quotedToken(
        (prefix ?? "datetime").toLowerCase(),
        date ?? quoted ?? "",
        position,
      );
      if (typeof token === "string") return { kind: "malformed", position, expected: token };
      tokens.push(token);
    }
  }
}

const guid = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/;

/** Returns the token of a literal with a type before its quotes, or what is expected in its place. */
function quotedToken(type: string, text: string, position: number): Token | string {
  switch (type) {
    case "datetime":
    case "datetimeoffset": {
      const value = readDate(text.replace(/ (?=\d\d:\d\d$)/, "+"));
      return value === undefined
        ? "a date such as 2013-01-31T23:59:59Z"
        : { kind: "literal", type: "date", value, position };
    }
    case "guid": {
      const value = text.toLowerCase();
      return guid.test(value)
        ? { kind: "guid", value, position }
        : "a guid such as guid'0f8fad5b-d9cb-469f-a165-70867728950e'";
    }
    case "binary":
    case "x":
      return "a literal that is not binary: no member has binary values";
    default:
      return "a literal: before its quotes it has nothing, datetime, datetimeoffset or guid";
  }
}
