import { expect, test } from "vitest";
import { createCircuitBreaker } from "../../src/delivery/circuitBreaker.ts";

function breakerAt() {
  let time = 0;
  const breaker = createCircuitBreaker(() => time);
  return {
    ...breaker,
    pass(milliseconds: number) {
      time += milliseconds;
    },
  };
}

test("opens after three failures in a row; a success in between resets the count", () => {
  const breaker = breakerAt();
  expect([breaker.failed(), breaker.failed(), breaker.succeeded()]).toEqual([false, false, false]);
  expect([breaker.failed(), breaker.failed()]).toEqual([false, false]);
  expect(breaker.admit()).toBe("closed");
  expect(breaker.failed()).toBe(true);
  expect(breaker.admit()).toBe("open");
});

test("admits one probe every five seconds while it is open", () => {
  const breaker = breakerAt();
  for (let index = 0; index < 3; index++) breaker.failed();
  breaker.pass(4_999);
  expect(breaker.admit()).toBe("open");
  breaker.pass(1);
  expect([breaker.admit(), breaker.admit()]).toEqual(["probe", "open"]);
  breaker.pass(5_000);
  expect(breaker.failed()).toBe(false);
  expect([breaker.admit(), breaker.admit()]).toEqual(["probe", "open"]);
});

test("closes after a success and opens again after three failures", () => {
  const breaker = breakerAt();
  for (let index = 0; index < 3; index++) breaker.failed();
  expect(breaker.succeeded()).toBe(true);
  expect([breaker.admit(), breaker.failed(), breaker.failed(), breaker.failed()]).toEqual([
    "closed",
    false,
    false,
    true,
  ]);
});

test("a Retry-After opens it at once, until then, without probes", () => {
  const breaker = breakerAt();
  expect(breaker.failed(60)).toBe(true);
  expect([breaker.admit(), breaker.secondsToWait()]).toEqual(["open", 60]);
  breaker.pass(59_999);
  expect([breaker.admit(), breaker.secondsToWait()]).toEqual(["open", 1]);
  // A send that began before the failure succeeds after it.
  expect([breaker.succeeded(), breaker.admit()]).toEqual([false, "open"]);
  breaker.pass(1);
  expect([breaker.admit(), breaker.secondsToWait(), breaker.admit()]).toEqual(["probe", 0, "open"]);
  expect(breaker.succeeded()).toBe(true);
});

test("a shorter Retry-After does not shorten a longer one, and the first probe comes at once after it", () => {
  const breaker = breakerAt();
  breaker.failed(60);
  breaker.failed(5);
  expect(breaker.secondsToWait()).toBe(60);
  const other = breakerAt();
  other.failed(2);
  other.pass(2_000);
  expect(other.admit()).toBe("probe");
});

test("a later Retry-After prolongs the wait", () => {
  const breaker = breakerAt();
  breaker.failed(3_600);
  expect(breaker.secondsToWait()).toBe(3_600);
  breaker.pass(3_590_000);
  expect(breaker.failed(30)).toBe(false);
  expect(breaker.secondsToWait()).toBe(30);
  breaker.pass(30_000);
  expect(breaker.admit()).toBe("probe");
});
