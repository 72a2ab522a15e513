import { expect, test } from "vitest";
import { createBehindAnswers } from "../../src/delivery/behindAnswers.ts";

test("the answer goes out before the work behind it begins", async () => {
  let isBegun = false;
  const behindAnswers = createBehindAnswers();
  const source = { table: "TodoItem", partition: "p", rowId: "r" };
  const content = { title: "t", text: "t", data: {} };
  behindAnswers.begin({ audience: { kind: "everyone" }, source, ...content }, async () => {
    isBegun = true;
  });
  // What the caller does next, up to its answer, are promises.
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
  expect(isBegun).toBe(false);
  await behindAnswers.drain(10_000);
  expect(isBegun).toBe(true);
});
