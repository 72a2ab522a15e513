/*
 * Measures how long inserts take while the hub is down, relative to a healthy hub in the same run:
 * `npm run bench:insert`. The targets with an open breaker are at most 1.2 times the healthy median and
 * at most 3 times the healthy 99th percentile. Before it opens, the target is at most 2 s per insert. While one
 * platform fails, the target for the time from an insert to its delivery on the others is at most 1.2 times the
 * healthy median.
 */
import { join } from "node:path";
import { buildApp } from "../../build/bundle.ts";
import { startStack } from "../../local/stack.ts";
import {
  androidPhone,
  deliveries,
  insert,
  iPhone,
  register,
  setFaults,
  signIn,
  windowsDevice,
} from "../support/client.ts";
import type { TestStack } from "../support/testStack.ts";

const inserts = 500;

const outages = [
  ["returns 503", { match: { path: "/messages" }, status: 503 }],
  ["drops connections", { match: { path: "/messages" }, reset: "before" }],
  ["never responds", { match: { path: "/messages" }, hang: true }],
] as const;

/** Inserts items one after another. @returns the sorted durations, in milliseconds */
async function measure(stack: TestStack, token: string, count: number): Promise<number[]> {
  const times: number[] = [];
  for (let index = 0; index < count; index++) {
    const began = performance.now();
    const { status } = await insert(stack, token, { text: `item ${index}` });
    times.push(performance.now() - began);
    if (status !== 201) throw new Error(`An insert returned ${status}.`);
  }
  return times.sort((a, b) => a - b);
}

function quantile(times: readonly number[], part: number): number {
  return times[Math.min(times.length - 1, Math.floor(times.length * part))] ?? Number.NaN;
}

/** Runs a measurement on its own stack, so that the breakers start closed. */
async function onStack(run: (stack: TestStack, token: string) => Promise<string>): Promise<void> {
  const { addresses, stop } = await startStack({
    appDirectory: join(import.meta.dirname, "../.."),
    portBase: 0,
    host: true,
    env: process.env,
    log: () => {},
  });
  try {
    const { functions = "" } = addresses;
    const stack = { addresses: { ...addresses, functions }, log: () => "", stop };
    process.stdout.write(`${await run(stack, await signIn(stack, "alice"))}\n`);
  } finally {
    await stop();
  }
}

function compare(what: string, fault: object): Promise<void> {
  return onStack(async (stack, token) => {
    await measure(stack, token, inserts);
    const healthy = await measure(stack, token, inserts);
    await setFaults(stack, fault);
    const opening = await measure(stack, token, 3);
    const open = await measure(stack, token, inserts);
    const ratio = (part: number) => (quantile(open, part) / quantile(healthy, part)).toFixed(2);
    return (
      `A hub that ${what}: median ${ratio(0.5)} and 99th percentile ${ratio(0.99)} times the ` +
      `healthy ones; at most ${quantile(opening, 1).toFixed(0)} ms before the breaker opened.`
    );
  });
}

/** Inserts items and takes the time until Windows and Android have each. @returns sorted, in milliseconds */
async function measureDelivery(stack: TestStack, token: string, of: string): Promise<number[]> {
  const began = new Map<string, number>();
  for (let index = 0; index < inserts; index++) {
    const text = `${of} ${index}.`;
    began.set(text, Date.now());
    await insert(stack, token, { text });
  }
  const arrived = await deliveries(stack);
  const times = [...began].map(([text, start]) => {
    const own = arrived.filter(({ platform, body }) => platform !== "apns" && body.includes(text));
    if (own.length < 2) throw new Error(`${text} has reached ${own.length} of 2 devices.`);
    return Math.max(...own.map(({ at }) => Date.parse(at))) - start;
  });
  return times.sort((a, b) => a - b);
}

function compareDelivery(): Promise<void> {
  return onStack(async (stack, token) => {
    for (const device of [windowsDevice(), iPhone(), androidPhone()]) {
      await register(stack, token, device);
    }
    await measure(stack, token, inserts);
    const healthy = await measureDelivery(stack, token, "healthy");
    const healthyInserts = await measure(stack, token, inserts);
    await setFaults(stack, { match: { platform: "apns" }, status: 503 });
    await measure(stack, token, 3);
    const failing = await measureDelivery(stack, token, "failing");
    const failingInserts = await measure(stack, token, inserts);
    const ratio = (one: readonly number[], other: readonly number[]) =>
      (quantile(one, 0.5) / quantile(other, 0.5)).toFixed(2);
    return (
      `While Apple's platform returns 503: delivery to the others ${ratio(failing, healthy)} and inserts ` +
      `${ratio(failingInserts, healthyInserts)} times the healthy medians.`
    );
  });
}

await buildApp();
for (const [what, fault] of outages) await compare(what, fault);
await compareDelivery();
