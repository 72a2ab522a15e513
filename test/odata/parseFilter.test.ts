import fc from "fast-check";
import { expect, test } from "vitest";
import { dateOf } from "../../src/odata/date.ts";
import { passes } from "../../src/odata/evaluate.ts";
import { type ParsedFilter, parseFilter } from "../../src/odata/parseFilter.ts";
import { todoItem } from "../../src/tables/todoItem.ts";
import { count } from "../support/counts.ts";
import { someFilter, someItem, someText } from "../support/filters.ts";

const members = todoItem.types;
const parse = (text: string) => parseFilter(text, members);

test("any filter of the subset selects the same items as an independent evaluation", () => {
  fc.assert(
    fc.property(someFilter, someItem, someText, ({ text, holds }, unversioned, version) => {
      const item = { ...unversioned, version };
      const parsed = parse(text);
      if (parsed.kind === "malformed") throw new Error(`${text}: ${JSON.stringify(parsed)}`);
      const { createdAt, updatedAt } = item;
      const values = { ...item, createdAt: dateOf(createdAt), updatedAt: dateOf(updatedAt) };
      expect(passes(parsed.filter, values, { characters: 0 })).toBe(holds(item));
    }),
    { numRuns: count(1_000, 20_000) },
  );
}, 120_000);

test("any other text is refused with a position and never throws", () => {
  const piece = fc.oneof(
    fc.constantFrom("(", ")", ",", "'", " ", "eq", "not ", "and ", "or ", "text ", "complete "),
    fc.constantFrom("datetime'", "1", "-", "2026-01-31", "startswith", "PartitionKey", "__proto__"),
    fc.string({ unit: "binary", maxLength: 3 }),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (parts) => {
      const text = parts.join("");
      const parsed = parse(text);
      if (parsed.kind === "filter") return;
      expect(parsed.expected).not.toBe("");
      expect(parsed.position).toBeGreaterThanOrEqual(1);
      expect(parsed.position).toBeLessThanOrEqual(text.length + 1);
    }),
    { numRuns: count(1_000, 20_000) },
  );
});

test.each([
  ["", 1, /one of id, text, complete, createdAt, updatedAt, version, a literal/],
  ["text", 5, /^eq, ne, gt, ge, lt or le$/],
  ["text eq", 8, /one of id/],
  ["text eq 5", 9, /a string/],
  ["complete eq 5", 13, /a boolean/],
  ["createdAt gt 5", 14, /a date/],
  ["null eq text", 1, /a member before null/],
  ["complete eq 'true'", 13, /^a boolean$/],
  ["createdAt gt '2026-01-31'", 14, /^a date$/],
  ["complete gt false", 10, /^eq or ne/],
  ["'a' or 'b'", 5, /^eq, ne/],
  ["complete eq false text", 19, /^and, or, or the end$/],
  ["(complete", 10, /^\)$/],
  ["complete)", 9, /^and, or, or the end$/],
  ["PartitionKey eq 'x'", 1, /one of id/],
  ["constructor eq 'x'", 1, /one of id/],
  ["text eq 'x", 9, /^a closing quote$/],
  ["text eq 'x' -- comment", 13, /a name/],
  ["text eq 'x' /* y */", 13, /a name/],
  ['text eq "x"', 9, /a name/],
  ["text EQ 'x'", 6, /^eq, ne/],
  ["contains(text)", 14, /^,$/],
  ["contains text", 10, /^\($/],
  ["contains(text,complete)", 15, /^a string$/],
  ["endswith(text,'x')", 1, /one of id/],
  ["createdAt gt datetime'2026-02-30T00:00:00Z'", 14, /^a date such as/],
  ["createdAt gt 2026-01-31", 14, /^a date such as/],
  ["createdAt gt datetime'0000-01-01T00:00:00+01:00'", 14, /^a date such as/],
])("%j is refused at position %d", (text, position, expected) => {
  const refused: ParsedFilter = {
    kind: "malformed",
    position,
    expected: expect.stringMatching(expected),
  };
  expect(parse(text)).toEqual(refused);
});

test.each([
  [101, "(", ")", 101],
  [101, "not ", "", 401],
])("%d levels of %j are refused, and 100 are parsed", (levels, open, close, position) => {
  const nested = (depth: number) => `${open.repeat(depth)}complete${close.repeat(depth)}`;
  const expected = "no more than 100 levels";
  expect(parse(nested(levels))).toEqual({ kind: "malformed", position, expected });
  expect(parse(nested(levels - 1)).kind).toBe("filter");
});
