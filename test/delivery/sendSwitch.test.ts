import { expect, test } from "vitest";
import { createSendSwitch, type ReadSwitch } from "../../src/delivery/sendSwitch.ts";
import { until } from "../support/until.ts";

/** A switch that is read every 2 ms, from what `answer` is now. */
function createReading() {
  const lines: string[] = [];
  const write = (line: string) => void lines.push(line);
  const reading = {
    reads: 0,
    lines,
    answer: { kind: "done", value: { isOff: false } } as Awaited<ReturnType<ReadSwitch>>,
  };
  const read: ReadSwitch = async () => {
    reading.reads++;
    return reading.answer;
  };
  const log = { info: write, warn: write, error: write };
  return { ...createSendSwitch(read, log, 2), reading };
}

const off = { kind: "done", value: { isOff: true } } as const;
const on = { kind: "done", value: { isOff: false } } as const;

test("is read once before the first send, and then by itself", async () => {
  const one = createReading();
  expect(one.reading.reads).toBe(0);
  await Promise.all([one.ready(), one.ready()]);
  expect(one.reading.reads).toBe(1);
  expect(one.isOff()).toBe(false);
  one.reading.answer = off;
  await until("it off", () => one.isOff());
  one.reading.answer = on;
  await until("it on", () => !one.isOff());
  expect(one.reading.lines[0]).toBe('{"outcome":"sending-off","level":"error"}');
  expect(one.reading.lines.at(-1)).toBe('{"outcome":"sending-on","level":"info"}');
});

test("if it cannot be read, sending goes on as it was", async () => {
  const one = createReading();
  one.reading.answer = { kind: "unavailable" };
  await one.ready();
  expect(one.isOff()).toBe(false);
  one.reading.answer = off;
  await until("it off", () => one.isOff());
  one.reading.answer = { kind: "refused" };
  const { reads } = one.reading;
  await until("more reads", () => one.reading.reads > reads + 3);
  expect(one.isOff()).toBe(true);
});

test("says again and again that it is off, for the alert, and seldom", async () => {
  const one = createReading();
  one.reading.answer = off;
  await one.ready();
  expect(one.reading.lines).toHaveLength(1);
  await until("60 reads", () => one.reading.reads > 61);
  expect(one.reading.lines.length).toBeGreaterThanOrEqual(3);
  expect(one.reading.lines.length).toBeLessThanOrEqual(1 + one.reading.reads / 20);
});
