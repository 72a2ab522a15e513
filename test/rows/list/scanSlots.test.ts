import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createScanSlots, type InSlot } from "../../../src/rows/list/scanSlots.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Scans that run until the test ends them. */
function scans() {
  const inSlot: InSlot = createScanSlots();
  const running: { readonly user: string; readonly end: () => void }[] = [];
  const results: { readonly user: string; readonly result: unknown }[] = [];
  return {
    running: () => running.map(({ user }) => user),
    results,
    async start(user: string, count = 1) {
      for (let index = 0; index < count; index++) {
        void inSlot(user, async () => {
          await new Promise<void>((resolve) => {
            const one = { user, end: resolve };
            running.push(one);
          });
          return "scanned";
        }).then((result) => results.push({ user, result }));
      }
      await vi.advanceTimersByTimeAsync(0);
    },
    async endFirst() {
      running.shift()?.end();
      await vi.advanceTimersByTimeAsync(0);
    },
  };
}

test("a user has two scans at once, also if no other user scans", async () => {
  const { start, running, endFirst } = scans();
  await start("mallory", 5);
  expect(running()).toEqual(["mallory", "mallory"]);
  await endFirst();
  expect(running()).toEqual(["mallory", "mallory"]);
});

test("users who flood leave slots to those who have none, up to eight", async () => {
  const { start, running, endFirst } = scans();
  for (const user of ["mallory", "trudy", "eve"]) await start(user, 4);
  expect(running()).toHaveLength(5);
  for (let index = 0; index < 4; index++) await start(`user ${index}`);
  expect(running()).toHaveLength(8);
  expect(running()).not.toContain("user 3");
  await endFirst();
  expect(running().at(-1)).toBe("user 3");
});

test("beyond four that wait, a user is told to come again, and other users are not", async () => {
  const { start, results } = scans();
  await start("mallory", 7);
  expect(results).toEqual([{ user: "mallory", result: { kind: "tooOften", seconds: 10 } }]);
  await start("bob");
  expect(results).toHaveLength(1);
});

test("beyond 32 that wait, who has one running or waiting is told that there are too many", async () => {
  const { start, results } = scans();
  for (let user = 0; user < 10; user++) await start(`user ${user}`, 4);
  expect(results).toEqual([]);
  await start("bob", 4);
  expect(results).toEqual(
    Array.from({ length: 3 }, () => ({ user: "bob", result: { kind: "busy" } })),
  );
});

test("who waits for ten seconds is told that there are too many, and takes no slot later", async () => {
  const { start, results, running, endFirst } = scans();
  await start("mallory", 3);
  await vi.advanceTimersByTimeAsync(9_999);
  expect(results).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  expect(results).toEqual([{ user: "mallory", result: { kind: "busy" } }]);
  await endFirst();
  expect(running()).toEqual(["mallory"]);
  await start("mallory");
  expect(running()).toEqual(["mallory", "mallory"]);
});

test("users who wait for a second slot take turns", async () => {
  const { start, running, endFirst } = scans();
  for (const user of ["mallory", "mallory", "bob", "eve", "mallory", "mallory", "bob"]) {
    await start(user);
  }
  await endFirst();
  expect(running()).toEqual(["mallory", "bob", "eve", "mallory"]);
  await endFirst();
  expect(running()).toEqual(["bob", "eve", "mallory", "bob"]);
});

test("a scan that throws gives its slot back", async () => {
  const inSlot = createScanSlots();
  for (let index = 0; index < 10; index++) {
    await expect(
      inSlot("mallory", async () => {
        throw new Error("broken");
      }),
    ).rejects.toThrow("broken");
  }
});
