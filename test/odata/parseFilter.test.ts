import fc from "fast-check";
import { expect, test } from "vitest";
import { dateOf } from "../../src/odata/date.ts";
import { passes } from "../../src/odata/evaluate.ts";
import { type NamedMember, type ParsedFilter, parseFilter } from "../../src/odata/parseFilter.ts";
import { todoItem } from "../../src/tables/todoItem.ts";
import { codePoint } from "../support/codePoint.ts";
import { count } from "../support/counts.ts";
import { someFilter, someItem, someText } from "../support/filters.ts";
import { evaluateByStandard } from "./standard.ts";

const members = todoItem.queryMembers;
const parse = (text: string) => parseFilter(text, members);

test("any filter of the subset selects the same items as an independent evaluation", () => {
  fc.assert(
    fc.property(someFilter, someItem, someText, ({ text, holds }, unversioned, version) => {
      const item = { ...unversioned, version };
      const parsed = parse(text);
      if (parsed.kind === "malformed") throw new Error(`${text}: ${JSON.stringify(parsed)}`);
      const { createdAt, updatedAt } = item;
      const values = { ...item, createdAt: dateOf(createdAt), updatedAt: dateOf(updatedAt) };
      expect(passes(parsed.filter, values, { characters: 0, most: 1e9 })).toBe(holds(item));
    }),
    { numRuns: count(1_000, 20_000) },
  );
}, 120_000);

test("any other text is refused with a position and never throws", () => {
  const piece = fc.oneof(
    fc.constantFrom("(", ")", ",", "'", " ", "eq", "not ", "and ", "or ", "text ", "complete "),
    fc.constantFrom("datetime'", "1", "-", "2026-01-31", "startswith", "PartitionKey", "__proto__"),
    fc.string({ unit: codePoint, maxLength: 3 }),
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
  ["", 1, /one of id, text, complete, createdAt, updatedAt, version, deleted, a literal/],
  ["text", 5, /^eq, ne, gt, ge, lt or le$/],
  ["text eq", 8, /one of id/],
  ["text eq 5", 9, /a string/],
  ["complete eq 5", 13, /a boolean/],
  ["createdAt gt 5", 14, /a date/],
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
  ["text eq 'x' -- comment", 13, /and, or/],
  ["text eq 'x' /* y */", 13, /a name/],
  ['text eq "x"', 9, /a name/],
  ["text EQ 'x'", 6, /^eq, ne/],
  ["contains(text)", 14, /^,$/],
  ["contains text", 10, /^\($/],
  ["contains(text,complete)", 15, /^a string$/],
  ["complete or cast(text,'x') eq 'a'", 13, /a known function, which cast is not: startswith, /],
  ["createdAt gt datetime'2026-02-30T00:00:00Z'", 14, /^a date such as/],
  ["createdAt gt 2026-01-31", 14, /^a date such as/],
  ["createdAt gt 2026-01-31T24:00:00.5Z", 14, /^a date such as/],
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
  // MS-ODATA and OData 4.0 where plain JavaScript says something else.
  "5 div 2 eq 2 and -5 div 2 eq -2 and 5.0 div 2 eq 2.5 and 5L mod 3 eq 2 and -5 mod 3 eq -2",
  "5 div 0 eq null and 5 mod 0 eq null and 5.0 div 0 gt 1E+300 and not (0.0 div 0 eq 0.0 div 0)",
  "round(2.5) eq 3 and round(-2.5) eq -3 and round(-3.5) eq -4 and round(2.4) eq 2",
  "floor(-2.5) eq -3 and ceiling(-2.5) eq -2",
  "substring('abc', 1) eq 'bc' and substring('abc',1,1) eq 'b' and substring('abc',1,9) eq 'bc'",
  "substring('abc',3) eq '' and substring('abc',9,2) eq '' and substring('abc',-1) eq ''",
  "substring('abc',1,-1) eq '' and substring('abc',1,0) eq ''",
  "replace('aXbX','X','$&') eq 'a$&b$&' and replace('ab','','x') eq 'ab' and replace('aaa','aa','b') eq 'ba'",
  "indexof('abc','c') eq 2 and indexof('abc','d') eq -1 and indexof('abc','') eq 0",
  "length('🥛') eq 2 and toupper('straße') eq 'STRASSE' and tolower('I') eq 'i' and toupper('i') eq 'I'",
  "substringof('b','abc') and not substringof('abc','b') and endswith('abc','c') and trim(' a ') eq 'a'",
  "null eq null and not (null ne null) and not (null gt 1) and not (null le null) and 1 ne null",
  "tolower(null) eq null and length(null) eq null and 1 add null eq null and -null eq null",
  "not (not null) eq null or true",
  "(null and false) eq false and (null or true) and (null and true) eq null",
  "1 add 2 mul 3 eq 7 and (1 add 2) mul 3 eq 9 and 7 sub 2 sub 1 eq 4 and 1 lt 2 eq true",
  "true or true and false",
  "not false and not (1 eq 2) and not 1 eq 2",
  "year(datetime'2013-12-31T23:30:00-01:00') eq 2014 and hour(datetimeoffset'2013-12-31T23:30:00-01:00') eq 0",
  "second(2013-01-01T00:00:59.9999999Z) eq 59 and minute(2013-01-01T00:58:00Z) eq 58 and month(2013-01-31T00:00:00Z) eq 1",
])("%s", (text) => {
  const parsed = parse(text);
  if (parsed.kind === "malformed") throw new Error(JSON.stringify(parsed));
  expect(passes(parsed.filter, {}, { characters: 0, most: 1e9 })).toBe(true);
  expect(
    evaluateByStandard(
      text.replace("not 1 eq 2", "not (1 eq 2)").replaceAll(/(?<!')(20\d\d-\S+Z)/g, "datetime'$1'"),
      new Map(),
    ),
  ).toBe(true);
});

test("a plus that a client did not encode arrives as a space", () => {
  for (const date of ["2013-01-01T00:00:00 02:00", "datetimeoffset'2013-01-01T00:00:00 02:00'"]) {
    const parsed = parse(`updatedAt ge ${date}`);
    if (parsed.kind !== "filter" || parsed.filter.kind !== "comparison") throw new Error(date);
    expect(parsed.filter.right).toMatchObject({ value: "2012-12-31T22:00:00.0000000" });
  }
});

test("a member may be called like a function, a type or an operator", () => {
  const names = ["year", "length", "datetime", "guid", "add", "contains"];
  const odd = new Map<string, NamedMember>(names.map((name) => [name, { name, type: "integer" }]));
  for (const name of names) {
    expect(parseFilter(`${name} add ${name} eq -${name}`, odd).kind).toBe("filter");
  }
  const both = "year(createdAt) eq year and datetime gt 5";
  odd.set("createdAt", { name: "createdAt", type: "date" });
  expect(parseFilter(both, odd).kind).toBe("filter");
});

test("parentheses alone are no levels", () => {
  expect(parse(`${"(".repeat(2_000)}complete${")".repeat(2_000)}`).kind).toBe("filter");
  expect(parse(`${"(".repeat(2_000)}complete${")".repeat(1_999)}`)).toMatchObject({
    ...{ kind: "malformed", expected: ")" },
  });
});

test("any number of operands of or are one level, however they are nested", () => {
  const ids = Array.from({ length: 400 }, (_, index) => `(id eq '${index}')`);
  const left = ids.reduce((all, one) => `(${all} or ${one})`);
  const right = ids.reduceRight((all, one) => `(${one} or ${all})`);
  for (const text of [left, right, ids.join(" or ")]) {
    const parsed = parse(text);
    if (parsed.kind !== "filter" || parsed.filter.kind !== "or") throw new Error(text);
    expect(parsed.filter.operands.length).toBe(400);
  }
});

test.each([[101, "not ", "", 1]])(
  "%d levels of %j are refused, and 100 are parsed",
  (levels, open, close, position) => {
    const nested = (depth: number) => `${open.repeat(depth)}complete${close.repeat(depth)}`;
    const expected = "no more than 100 levels";
    expect(parse(nested(levels))).toEqual({ kind: "malformed", position, expected });
    expect(parse(nested(levels - 1)).kind).toBe("filter");
  },
);
