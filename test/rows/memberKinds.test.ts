import { expect, test } from "vitest";
import { date, integer, number, optional, text, user } from "../../src/rows/memberKinds.ts";

const letters = { matches: /[a-z]+/gu, says: "lower-case letters" };

test("a pattern has to match the whole text, each time", () => {
  const { read } = text({ pattern: letters });
  for (const value of ["abc", "abc", "a"]) expect(read(value)).toEqual({ kind: "value", value });
  for (const value of ["abc1", "1abc", "1", "abc\n"]) {
    expect(read(value)).toEqual({ kind: "fault", fault: "must be lower-case letters." });
  }
});

test("a pattern matches a whole text in whatever way it can, and the contract says so", () => {
  const { read, schema } = text({ pattern: { matches: /a|ab/, says: "a or ab" } });
  expect(read("ab")).toEqual({ kind: "value", value: "ab" });
  expect(read("abc").kind).toBe("fault");
  expect(schema).toMatchObject({ pattern: "^(?:a|ab)$" });
});

test("a default has to match the pattern", () => {
  expect(text({ pattern: letters, default: "a1" }).faults).toEqual([
    "its default must be lower-case letters.",
  ]);
});

test("a negative zero is read as zero", () => {
  for (const { read } of [integer(), number(), optional(number())]) {
    expect(read(-0)).toEqual({ kind: "value", value: 0 });
  }
});

test("a user is a user's id", () => {
  const { read } = user();
  expect(read("facebook:123")).toEqual({ kind: "value", value: "facebook:123" });
  for (const value of ["facebook", "facebook:", ":123", "Facebook:1", "facebook:1\n", 1]) {
    expect(read(value).kind).toBe("fault");
  }
});

test("the default of a date is kept in UTC, as a date of a body is", () => {
  const inUtc = "2026-01-01T00:00:00.000Z";
  const due = date({ default: "2026-01-01T02:00:00+02:00" });
  expect(due.absent).toEqual({ kind: "value", value: inUtc });
  expect(due.schema).toMatchObject({ default: inUtc });
});
