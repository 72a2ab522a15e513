import fc from "fast-check";
import { expect, test } from "vitest";
import { createSchedule } from "../../src/delivery/schedule.ts";

test("a retry's delay doubles with each attempt, with jitter, up to two hours", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 9999 }),
      fc.integer({ min: 1, max: 200 }),
      (seconds, attempt) => {
        const delay = createSchedule(seconds).retryDelay(attempt);
        const whole = Math.min(seconds * 2 ** (attempt - 1), 7200);
        expect(Number.isInteger(delay)).toBe(true);
        expect(delay).toBeGreaterThanOrEqual(Math.max(1, Math.floor(whole * 0.75)));
        expect(delay).toBeLessThanOrEqual(Math.max(1, whole));
      },
    ),
  );
});

test("an intent is invisible for twice the first delay; its row may take eight times that delay", () => {
  expect(createSchedule(15)).toMatchObject({
    initialDelay: 30,
    rowGracePeriod: 120_000,
    rowRecheck: 15,
  });
});

test("an intent waits for its row as long as an insert may take, even with a short delay", () => {
  expect(createSchedule(1)).toMatchObject({ initialDelay: 2, rowGracePeriod: 45_000 });
});

test("a postponement doubles from the first delay, jittered, up to two hours", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 200 }), fc.nat({ max: 50 }), (seconds, before) => {
      const delay = createSchedule(seconds).postponement(before);
      const whole = Math.min(seconds * 2 ** before, 7200);
      expect(delay).toBeGreaterThanOrEqual(Math.max(1, Math.floor(whole * 0.75)));
      expect(delay).toBeLessThanOrEqual(whole);
    }),
  );
});

test("the sends of an insert end before its intent becomes visible, by 4 s or a quarter of the hiding", () => {
  expect(createSchedule(15).sendsEnd).toBe(26_000);
  expect(createSchedule(8).sendsEnd).toBe(12_000);
  expect(createSchedule(1).sendsEnd).toBe(1_500);
});
