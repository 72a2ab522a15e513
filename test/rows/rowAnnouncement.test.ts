import { expect, test } from "vitest";
import { optional, text } from "../../src/rows/memberKinds.ts";
import { announcementOf } from "../../src/rows/rowAnnouncement.ts";
import { defineTable, type RowAnnouncement } from "../../src/rows/table.ts";

const note = defineTable("Note", {
  members: { text: text({ shortest: 0 }), title: optional(text()), opens: text({ default: "x" }) },
  example: { text: "x" },
  announceInsert({ text, title, opens }) {
    if (text === "silent") return undefined;
    return { text, data: { opens }, ...(title !== null && { title }) };
  },
});

function announced(members: { readonly text: string; readonly title?: string }) {
  const row = { id: "one", members: { title: null, opens: "x", ...members } };
  return announcementOf(note, "Usual:", "digest", row, () => []);
}

test("the title is the definition's, else the usual one", () => {
  const source = { table: "Note", partition: "digest", rowId: "one" };
  const announcement = {
    ...{ audience: { kind: "user", digest: "digest" }, source },
    ...{ title: "Usual:", text: "x", data: { opens: "x" } },
  };
  expect(announced({ text: "x" })).toEqual({ kind: "announcement", announcement });
  expect(announced({ text: "x", title: "Own:" })).toEqual({
    kind: "announcement",
    announcement: { ...announcement, title: "Own:" },
  });
});

test("a row of which the definition says nothing is not announced", () => {
  expect(announced({ text: "silent" })).toEqual({ kind: "silent" });
});

test.each([
  ["an empty text", { text: "" }, /cannot be sent: text must be 1 to 10,000/],
  ["a long title", { text: "x", title: "t".repeat(201) }, /cannot be sent: title must be 1 to 200/],
])("%s is a problem", (_, members, detail) => {
  expect(announced(members)).toMatchObject({
    kind: "problem",
    problem: { status: 400, faults: [{ pointer: "#", detail: expect.stringMatching(detail) }] },
  });
});

test.each<[string, (text: string) => RowAnnouncement | undefined, string]>([
  [
    "throws",
    (text) => {
      throw new RangeError(text);
    },
    "threw RangeError",
  ],
  ["returns null", () => JSON.parse("null"), "returned no announcement"],
  [
    "returns a text that is no string",
    () => JSON.parse('{"text":5}'),
    "returned what cannot be sent: text must be a string",
  ],
  [
    "uses a reserved name in data",
    (text) => ({ text, data: { aps: text } }),
    "returned what cannot be sent: This name in data is reserved",
  ],
])(
  "a definition that %s is named in the log, without a word of the row",
  (_, announceInsert, did) => {
    const broken = defineTable("Broken", {
      members: { text: text() },
      example: { text: "x" },
      announceInsert: (row) => announceInsert(row.text),
    });
    const row = { id: "one", members: { text: "secret" } };
    expect(() => announcementOf(broken, "Usual:", "digest", row, () => [])).toThrow(
      expect.objectContaining({
        name: expect.stringContaining(`announceInsert of Broken ${did}`),
        message: "",
      }),
    );
  },
);
