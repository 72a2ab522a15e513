import { readDate } from "./date.ts";
import type { Value, ValueType } from "./expression.ts";

/** A token of a filter. `position` counts UTF-16 units from 1. */
export type Token = { readonly position: number } & (
  | { readonly kind: "word"; readonly text: string }
  | { readonly kind: "mark"; readonly text: string }
  | { readonly kind: "literal"; readonly type: ValueType; readonly value: Value }
  | { readonly kind: "end" }
);

export type Tokens =
  | { readonly kind: "tokens"; readonly tokens: readonly Token[] }
  | { readonly kind: "malformed"; readonly position: number; readonly expected: string };

const pattern =
  /(?<quotedDate>datetime(?:offset)?'[^']*')|(?<date>\d{4}-[\d:.TZ+-]+)|(?<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)[LlfdmM]?(?!\w)|'(?<string>(?:[^']|'')*)'|(?<word>[A-Za-z_]\w*)|(?<mark>[(),])/y;

const space = /[ \t]*/y;

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
    const { quotedDate, date, number, string, word, mark } = groups;
    if (word !== undefined) tokens.push({ kind: "word", text: word, position });
    else if (number !== undefined) {
      tokens.push({ kind: "literal", type: "number", value: Number(number), position });
    } else if (mark !== undefined) tokens.push({ kind: "mark", text: mark, position });
    else if (string !== undefined) {
      const value = string.replaceAll("''", "'");
      tokens.push({ kind: "literal", type: "string", value, position });
    } else {
      const value = readDate(date ?? quotedDate?.replace(/^\w+'|'$/g, "") ?? "");
      if (value === undefined)
        return { kind: "malformed", position, expected: "a date such as 2013-01-31T23:59:59Z" };
      tokens.push({ kind: "literal", type: "date", value, position });
    }
  }
}
