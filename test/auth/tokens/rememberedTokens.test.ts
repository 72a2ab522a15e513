import { expect, test } from "vitest";
import { createRememberedTokens } from "../../../src/auth/tokens/rememberedTokens.ts";

const start = Date.UTC(2026, 0, 1);

function remembering(capacity: number) {
  const clock = { now: start, monotonic: 0 };
  const remembered = createRememberedTokens(
    capacity,
    () => clock.now,
    () => clock.monotonic,
  );
  return { clock, remembered };
}

test("remembers a token for 60 s", () => {
  const { clock, remembered } = remembering(10);
  remembered.remember("token", "tests:someone", start + 3_600_000);
  // The clock of the machine is set back meanwhile.
  clock.now = start - 3_600_000;
  clock.monotonic = 59_999;
  expect(remembered.find("token")).toBe("tests:someone");
  expect(remembered.find("token2")).toBeUndefined();
  clock.monotonic = 60_000;
  expect(remembered.find("token")).toBeUndefined();
});

test("forgets a token when it expires", () => {
  const { clock, remembered } = remembering(10);
  remembered.remember("token", "tests:someone", start + 10_000);
  remembered.remember("expired", "tests:someone", start - 1);
  clock.now = start + 9_999;
  expect(remembered.find("token")).toBe("tests:someone");
  expect(remembered.find("expired")).toBeUndefined();
  clock.now = start + 10_000;
  expect(remembered.find("token")).toBeUndefined();
});

test("forgets the oldest tokens if there are more than its capacity", () => {
  const { remembered } = remembering(3);
  for (const token of ["a", "b", "c", "d", "e"]) {
    remembered.remember(token, `tests:${token}`, start + 3_600_000);
  }
  const found = ["a", "b", "c", "d", "e"].map((token) => remembered.find(token));
  expect(found).toEqual([undefined, undefined, "tests:c", "tests:d", "tests:e"]);
});
