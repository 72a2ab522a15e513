import { expect, test } from "vitest";
import {
  mostOrdered,
  positionOf,
  readPosition,
  writePosition,
} from "../../../src/rows/list/position.ts";
import { boolean, date, number, optional, text } from "../../../src/rows/memberKinds.ts";
import { defineTable } from "../../../src/rows/table.ts";

const table = defineTable("Kinds", {
  members: {
    note: optional(text()),
    size: number({ default: 1 }),
    due: date({ default: "2026-01-01T00:00:00.000Z" }),
    isDone: boolean({ default: false }),
  },
  example: {},
});
const order = ["note", "size", "due", "isDone", "createdAt", "id"].map((member) => ({
  member,
  descending: false,
}));
const date1 = "2026-01-01T00:00:00.000Z";

test.each([
  [["n", 1e308, date1, true, date1, "one"]],
  [["", -0.1, date1, false, date1, "one"]],
  // Cut between the halves of a character.
  [[`${"n".repeat(50)}🥛`.slice(0, 51), 0, date1, false, date1, "one"]],
  // Rows may be older than each of their members.
  [[null, null, null, null, date1, "one"]],
])("a position is read as it was written: %j", (position) => {
  expect(readPosition(table, writePosition(position), order)).toEqual(position);
});

test.each([
  [["n", "1", date1, true, date1, "one"]],
  [["n", 1, 1, true, date1, "one"]],
  [["n", 1, date1, "true", date1, "one"]],
  [[false, 1, date1, true, date1, "one"]],
  [["n".repeat(257), 1, date1, true, date1, "one"]],
  [["n", 1, date1, true, null, "one"]],
  [["n", 1, date1, true, date1, null]],
  [["n", 1, date1, true, date1]],
])("a position of other types is refused: %j", (position) => {
  expect(readPosition(table, writePosition(position), order)).toBeUndefined();
});

test("a position in an order by deleted is read, though rows of a table without marks have no such member", () => {
  const keys = ["deleted", "id"].map((member) => ({ member, descending: false }));
  const row = { id: "one", updatedAt: date1, version: "1" };
  expect(readPosition(table, writePosition(positionOf(row, keys)), keys)).toEqual([null, "one"]);
});

test("a position of an earlier release, with more of a text, is read as one of today", () => {
  const long = ["n".repeat(256), 0, date1, false, date1, "one"];
  const today = ["n".repeat(51), 0, date1, false, date1, "one"];
  expect(readPosition(table, writePosition(long), order)).toEqual(today);
});

test("a position fits into a link, however many texts are in the order", () => {
  const names = Array.from({ length: mostOrdered }, (_, index) => `m${index}`);
  for (let count = 1; count <= mostOrdered; count++) {
    const texts = names.slice(0, count).map((name) => [name, "\u0001".repeat(300)]);
    const row = {
      ...{ id: "i".repeat(64), createdAt: date1, updatedAt: date1, version: "1", deleted: false },
      ...Object.fromEntries(texts),
    };
    const keys = [...names.slice(0, count), "id"].map((member) => ({ member, descending: false }));
    expect(writePosition(positionOf(row, keys)).length).toBeLessThan(2_200);
  }
});
