/*
 * Measures how long inserts take while the hub is down, relative to a healthy hub in the same run:
 * `npm run bench:insert`. The targets with an open breaker are at most 1.2 times the healthy median and
 * at most 3 times the healthy 99th percentile. Before it opens, the target is at most 2 s per insert.
 */
import { join } from "node:path";
import { buildApp } from "../../build/bundle.ts";
import { startStack } from "../../local/stack.ts";
import { insert, setFaults, signIn } from "../support/client.ts";
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

/** Measures on its own stack, so that the breaker starts closed. */
async function compare(what: string, fault: object): Promise<void> {
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
    const token = await signIn(stack, "alice");
    await measure(stack, token, inserts);
    const healthy = await measure(stack, token, inserts);
    await setFaults(stack, fault);
    const opening = await measure(stack, token, 3);
    const open = await measure(stack, token, inserts);
    const ratio = (part: number) => (quantile(open, part) / quantile(healthy, part)).toFixed(2);
    process.stdout.write(
      `A hub that ${what}: median ${ratio(0.5)} and 99th percentile ${ratio(0.99)} times the ` +
        `healthy ones; at most ${quantile(opening, 1).toFixed(0)} ms before the breaker opened.\n`,
    );
  } finally {
    await stop();
  }
}

await buildApp();
for (const [what, fault] of outages) await compare(what, fault);
