import { expect, test } from "vitest";
import {
  admitEarly,
  createCircuitBreaker,
  createCircuitBreakers,
  secondsToWait,
} from "../../src/delivery/circuitBreaker.ts";
import { platforms } from "../../src/platforms/platforms.ts";

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
  expect([breaker.admit(), breaker.askedToWait()]).toEqual(["open", { least: 60, most: 75 }]);
  breaker.pass(59_500);
  expect([breaker.admit(), breaker.askedToWait()]).toEqual(["open", { least: 0.5, most: 15.5 }]);
  // A send that began before the failure succeeds after it.
  expect([breaker.succeeded(), breaker.admit()]).toEqual([false, "open"]);
  breaker.pass(500);
  expect([breaker.admit(), breaker.askedToWait(), breaker.admit()]).toEqual([
    "probe",
    undefined,
    "open",
  ]);
  expect(breaker.succeeded()).toBe(true);
});

test("a shorter Retry-After does not shorten a longer one, and the first probe comes at once after it", () => {
  const breaker = breakerAt();
  breaker.failed(60);
  breaker.failed(5);
  expect(breaker.askedToWait()).toEqual({ least: 60, most: 75 });
  const other = breakerAt();
  other.failed(2);
  other.pass(2_000);
  expect(other.admit()).toBe("probe");
});

test("a later Retry-After prolongs the wait", () => {
  const breaker = breakerAt();
  breaker.failed(3_600);
  expect(breaker.askedToWait()).toEqual({ least: 3_600, most: 4_500 });
  breaker.pass(3_590_000);
  expect(breaker.failed(30)).toBe(false);
  expect(breaker.askedToWait()).toEqual({ least: 30, most: 37.5 });
  breaker.pass(30_000);
  expect(breaker.admit()).toBe("probe");
});

test("what waits for a Retry-After is spread over a quarter of it, whenever it asks", () => {
  let time = 0;
  const breakers = createCircuitBreakers(() => time);
  for (const platform of platforms) breakers(platform).failed(900);
  const visibleAt: number[] = [];
  for (let message = 0; message < 10_000; message++) {
    visibleAt.push(time / 1_000 + secondsToWait(breakers, platforms, 15));
    time += 90;
  }
  const inWindow = (from: number) =>
    visibleAt.filter((at) => at >= from && at < from + 22.5).length;
  for (let part = 0; part < 10; part++) {
    // A tenth of the quarter holds about a tenth of the messages.
    expect(inWindow(900 + part * 22.5)).toBeGreaterThan(700);
    expect(inWindow(900 + part * 22.5)).toBeLessThan(1_300);
  }
  expect(Math.max(...visibleAt)).toBeLessThanOrEqual(900 * 1.25 + 1);
});

test("what was admitted early is not sent if the hub has asked to wait, or the breaker has opened since", () => {
  let time = 0;
  const breakers = createCircuitBreakers(() => time);
  const closed = admitEarly(breakers, ["wns", "apns"]);
  expect(closed()).toEqual(["wns", "apns"]);
  for (let index = 0; index < 3; index++) breakers("wns").failed();
  expect(closed()).toEqual(["apns"]);
  time += 5_000;
  const probe = admitEarly(breakers, ["wns"]);
  // The probe is taken: another intent has to wait.
  expect([probe(), admitEarly(breakers, ["wns"])()]).toEqual([["wns"], []]);
  breakers("wns").failed(60);
  expect(probe()).toEqual([]);
});

test("is open as long as it admits nothing, and looking takes no probe", () => {
  const breaker = breakerAt();
  expect(breaker.isOpen()).toBe(false);
  for (let index = 0; index < 3; index++) breaker.failed();
  expect([breaker.isOpen(), breaker.admit()]).toEqual([true, "open"]);
  breaker.pass(5_000);
  expect([breaker.isOpen(), breaker.isOpen(), breaker.admit()]).toEqual([false, false, "probe"]);
  expect(breaker.isOpen()).toBe(true);
});
