import { expect, test } from "vitest";
import { parseFilter } from "../../../src/odata/parseFilter.ts";
import { divideFilter } from "../../../src/rows/list/tableFilter.ts";
import { date, integer, optional, text } from "../../../src/rows/memberKinds.ts";
import { defineTable, type Table } from "../../../src/rows/table.ts";
import { todoItem } from "../../../src/tables/todoItem.ts";

/** Returns the part of a filter that goes to storage, and the number of conditions left. */
function divided(text: string, table: Table = todoItem): [sent: string | undefined, left: number] {
  const parsed = parseFilter(text, table.queryMembers);
  if (parsed.kind === "malformed") throw new Error(text);
  const { sent, rest } = divideFilter(table, parsed.filter);
  return [sent, rest?.kind === "and" ? rest.operands.length : 0];
}

test.each([
  // A row that lacks the column has the default. For storage, every comparison with it is false.
  ["(complete eq false)", "not (complete eq true)", 0],
  ["complete ne true", "not (complete eq true)", 0],
  ["complete ne false", "complete eq true", 0],
  ["true eq complete", "complete eq true", 0],
  ["complete and not complete", "complete eq true and not (complete eq true)", 0],
  ["text eq 'it''s' or id gt 'a'", "(text eq 'it''s' or RowKey gt 'a')", 0],
  ["'a' lt id and 'b' ge id", "RowKey gt 'a' and RowKey le 'b'", 0],
  ["text eq '🥛' and text ne ''", "text eq '🥛' and not (text eq '')", 0],
  ["text gt 'é'", "text gt 'é'", 0],
  ["createdAt ge 2026-01-31T12:00:00+02:00", "createdAt ge '2026-01-31T10:00:00.000Z'", 0],
  ["updatedAt ge 2026-01-31T12:00:00.123Z", "Timestamp ge datetime'2026-01-31T12:00:00.123Z'", 0],
  ["updatedAt lt 2026-01-31T12:00:00.123Z", "Timestamp lt datetime'2026-01-31T12:00:00.123Z'", 0],
  ["not (updatedAt lt 2026-01-31T12:00:00Z)", "Timestamp ge datetime'2026-01-31T12:00:00.000Z'", 0],
  ["createdAt gt 2026-01-31T12:00:00.0010001Z", "createdAt gt '2026-01-31T12:00:00.001Z'", 0],
  ["createdAt ge 2026-01-31T12:00:00.0010001Z", "createdAt gt '2026-01-31T12:00:00.001Z'", 0],
  ["createdAt lt 2026-01-31T12:00:00.0010001Z", "createdAt le '2026-01-31T12:00:00.001Z'", 0],
  ["createdAt le 2026-01-31T12:00:00.0010001Z", "createdAt le '2026-01-31T12:00:00.001Z'", 0],
  // Azurite compares milliseconds of the time of a write, so that the app looks at the rest of its digits.
  ["updatedAt gt 2026-01-31T12:00:00.123Z", "Timestamp ge datetime'2026-01-31T12:00:00.123Z'", 1],
  ["updatedAt lt 2026-01-31T12:00:00.1231Z", "Timestamp lt datetime'2026-01-31T12:00:00.124Z'", 1],
  ["updatedAt le 2026-01-31T12:00:00.123Z", "Timestamp lt datetime'2026-01-31T12:00:00.124Z'", 1],
  ["updatedAt ge 0001-01-01T00:00:00Z", "Timestamp ge datetime'1601-01-01T00:00:00.000Z'", 0],
  // A literal decides at once, and what is always so is not asked.
  ["(1 eq 0) or id ne 'x'", "RowKey ne 'x'", 0],
  ["'a' ne 'b' and id ne 'x'", "RowKey ne 'x'", 0],
])("storage can evaluate %s", (text, sent, left) => {
  expect(divided(text)).toEqual([sent, left]);
});

test.each([
  ["an order that differs between UTF-16 and UTF-8", "text gt '🥛'"],
  ["a control character", "text eq 'a\u0000b'"],
  ["equality with a time between two milliseconds", "createdAt eq 2026-01-31T12:00:00.0010001Z"],
  ["a member without a column", "version eq 'x'"],
  ["a comparison of two members", "id eq text"],
  ["a call", "contains(text,'x')"],
  ["an or with a part that storage can't evaluate", "text eq 'a' or contains(text,'x')"],
  ["a not of a part that storage can't evaluate", "not contains(text,'x')"],
  ["a string too long for a URL", `text eq '${"é".repeat(1_500)}'`],
  ["more than 13 comparisons", Array.from({ length: 14 }, () => "complete").join(" or ")],
])("the app itself evaluates %s", (_, text) => {
  expect(divided(text)).toEqual([undefined, 1]);
  expect(divided(`id ne 'x' and (${text})`)).toEqual(["RowKey ne 'x'", 1]);
});

const grown = defineTable("Grown", {
  members: {
    due: date({ default: "2026-01-01T00:00:00.000Z" }),
    priority: integer({ default: 1 }),
    note: optional(text()),
  },
  example: {},
});

test("a comparison that the default passes finds rows that lack the column, as two comparisons", () => {
  const isDefault = "due eq 2026-01-01T00:00:00Z";
  const sent = "(due eq '2026-01-01T00:00:00.000Z' or not (due ge ''))";
  expect(divided(isDefault, grown)).toEqual([sent, 0]);
  const many = (count: number) => Array.from({ length: count }, () => isDefault).join(" or ");
  expect(divided(many(6), grown)[1]).toBe(0);
  expect(divided(many(7), grown)).toEqual([undefined, 1]);
});

test.each(["note eq 'x'", "note ne 'x'", "priority eq 1", "not (priority gt 1)"])(
  "the app itself evaluates %s, a comparison of an optional member or of a number",
  (text) => {
    expect(divided(text, grown)).toEqual([undefined, 1]);
  },
);
