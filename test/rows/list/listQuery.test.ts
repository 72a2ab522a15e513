import { expect, test } from "vitest";
import { readListQuery } from "../../../src/rows/list/listQuery.ts";
import { mostOrdered } from "../../../src/rows/list/position.ts";
import { optional, text } from "../../../src/rows/memberKinds.ts";
import { defineTable } from "../../../src/rows/table.ts";

const names = Array.from({ length: mostOrdered + 1 }, (_, index) => `m${index}`);
const table = defineTable("Wide", {
  members: Object.fromEntries(names.map((name) => [name, optional(text())])),
  example: {},
});
const read = (...members: string[]) =>
  readListQuery(table, new URLSearchParams({ $orderby: members.join(",") }));

test("an order has at most eight members beside the id", () => {
  const most = names.slice(0, mostOrdered);
  expect(read(...most, "id").kind).toBe("query");
  expect(read("id", ...most).kind).toBe("query");
  expect(read(...names)).toMatchObject({
    problem: {
      faults: [{ pointer: "/query/$orderby", detail: expect.stringContaining("at most 8") }],
    },
  });
});
