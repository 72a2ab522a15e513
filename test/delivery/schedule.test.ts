import fc from "fast-check";
import { expect, test } from "vitest";
import { createSchedule } from "../../src/delivery/schedule.ts";

test("a retry's delay doubles from the first, jittered, up to an hour", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 9999 }),
      fc.integer({ min: 1, max: 200 }),
      (seconds, attempt) => {
        const delay = createSchedule(seconds).retryDelay(attempt);
        const whole = Math.min(seconds * 2 ** (attempt - 1), 3600);
        expect(Number.isInteger(delay)).toBe(true);
        expect(delay).toBeGreaterThanOrEqual(Math.max(1, Math.floor(whole * 0.75)));
        expect(delay).toBeLessThanOrEqual(Math.max(1, whole));
      },
    ),
  );
});

test("an intent stays out of sight twice the first delay, and waits for its row eight times", () => {
  expect(createSchedule(15)).toMatchObject({
    initialDelay: 30,
    rowGracePeriod: 120_000,
    postponement: 15,
  });
});

test("however short the delay, a row gets the time that its insert may take", () => {
  expect(createSchedule(1)).toMatchObject({ initialDelay: 2, rowGracePeriod: 16_000 });
});
