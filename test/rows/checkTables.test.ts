import { expect, test } from "vitest";
import { checkTables, type Taken } from "../../src/rows/checkTables.ts";
import {
  boolean,
  date,
  integer,
  number,
  oneOf,
  optional,
  text,
  user,
} from "../../src/rows/memberKinds.ts";
import { defineTable, type Members, type Table } from "../../src/rows/table.ts";
import { tables } from "../../src/tables.ts";

const taken: Taken = { functions: ["listDevices", "forgetMe"], tables: ["Notification"] };

function table(name: string, members: Members, more: object = {}): Table {
  return defineTable(name, { members, example: {}, ...more });
}

const sound = { note: optional(text()) };

test("the tables of the app are sound", () => {
  expect(() => checkTables(tables, taken)).not.toThrow();
});

test.each([
  [
    "a name of another table in another case",
    [table("notification", sound)],
    /notification: another table has its name/,
  ],
  ["two tables of one name", [table("Note", sound), table("NOTE", sound)], /NOTE: another table/],
  ["a name that is too short", [table("No", sound)], /its name must be 3 to 63 letters/],
  ["a name that storage refuses", [table("to_do", sound)], /its name must be/],
  [
    "functions of another's name",
    [table("Device", sound)],
    /Device: another function is called listDevices/,
  ],
  [
    "a malformed plural",
    [table("Note", sound, { plural: "no tes" })],
    /its plural must be letters/,
  ],
  [
    "a reserved member",
    [table("Note", { UpdatedAt: date() })],
    /the name of the member UpdatedAt is reserved/,
  ],
  ["a member that every object has", [table("Note", { toString: text() })], /toString is reserved/],
  ["a word of a filter", [table("Note", { not: text() })], /not is reserved/],
  [
    "texts that storage cannot hold in one row",
    [
      table(
        "Note",
        Object.fromEntries(Array.from({ length: 49 }, (_, i) => [`m${i}`, optional(text())])),
      ),
    ],
    /its texts may have more than 480000/,
  ],
  [
    "too many members",
    [
      table(
        "Note",
        Object.fromEntries(Array.from({ length: 241 }, (_, i) => [`m${i}`, optional(text())])),
      ),
    ],
    /more than 240 members/,
  ],
  [
    "a pattern with a flag that the contract cannot say",
    [table("Note", { a: optional(text({ pattern: { matches: /a/i, says: "a" } })) })],
    /its pattern must not have the flags/,
  ],
  [
    "a bound that is infinite",
    [table("Note", { a: optional(number({ least: Number.NEGATIVE_INFINITY })) })],
    /finite/,
  ],
  ["a member of storage", [table("Note", { RowKey: text() })], /RowKey is reserved/],
  [
    "members that differ in case",
    [table("Note", { a: text(), A: text() })],
    /two members are called A/,
  ],
  ["a malformed member", [table("Note", { "a-b": text() })], /the member a-b must be/],
  [
    "an ignored member",
    [table("Note", sound, { ignored: ["note"] })],
    /the member note is ignored, too/,
  ],
  ["an ignored id", [table("Note", sound, { ignored: ["id"] })], /id cannot be ignored/],
  [
    "a default out of its bounds",
    [table("Note", { a: integer({ most: 3, default: 4 }) })],
    /of the member a, its default must be a whole number/,
  ],
  [
    "a default that is too long",
    [table("Note", { a: text({ longest: 2, default: "abc" }) })],
    /its default must be 1 to 2/,
  ],
  [
    "a default of another kind",
    [table("Note", { a: date({ default: "soon" }) })],
    /its default must be a date/,
  ],
  [
    "bounds of a text",
    [table("Note", { a: text({ shortest: 3, longest: 2 }) })],
    /its lengths must be/,
  ],
  [
    "bounds of a number",
    [table("Note", { a: number({ least: 3, most: 2 }) })],
    /its bounds must be numbers/,
  ],
  [
    "bounds of an integer",
    [table("Note", { a: integer({ most: 2 ** 40 }) })],
    /whole numbers of 32 bits/,
  ],
  ["a value twice", [table("Note", { a: oneOf(["x", "x"]) })], /it names a value twice/],
  [
    "an optional member with a default",
    [table("Note", { a: optional(boolean({ default: true })) })],
    /an optional member has no other default/,
  ],
  [
    "an example that is refused",
    [table("Note", { a: text() })],
    /its example is refused \(a is missing\.\)/,
  ],
  [
    "an example with a wrong member",
    [table("Note", sound, { example: { b: 1 } })],
    /its example is refused/,
  ],
  [
    "an announcement that cannot be sent",
    [table("Note", sound, { announceInsert: () => ({ text: "" }) })],
    /announceInsert says what cannot be sent \(text must be/,
  ],
  [
    "a title that is too long",
    [table("Note", sound, { announceInsert: () => ({ text: "x", title: "t".repeat(201) }) })],
    /title must be 1 to 200/,
  ],
  [
    "a reserved name in data",
    [table("Note", sound, { announceInsert: () => ({ text: "x", data: { aps: "x" } }) })],
    /reserved by a platform/,
  ],
  [
    "an announcement that throws",
    [
      table(
        "Note",
        { a: optional(user()) },
        {
          announceInsert: () => {
            throw new RangeError("secret");
          },
        },
      ),
    ],
    /announceInsert throws RangeError/,
  ],
])("%s is an error at the start that names the table", (_, wrong, expected) => {
  expect(() => checkTables(wrong, taken)).toThrow(expected);
  expect(() => checkTables(wrong, taken)).not.toThrow(/secret/);
});

test("a plural gives functions other names than of another's name, and all faults are named at once", () => {
  checkTables([table("Device", sound, { plural: "OwnDevices" })], taken);
  const wrong = [table("No", sound), table("Note", { id: text(), a: integer({ default: 0.5 }) })];
  expect(() => checkTables(wrong, taken)).toThrow(
    /^The tables are not sound: No: .* Note: .*id.* Note: .*default/s,
  );
});
