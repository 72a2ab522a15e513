/*
 * How long inserts take while the hub is down, as ratios to the healthy figure of the same run:
 * `npm run bench:insert`. What is asked for is a median of at most 1.2 times and a 99th percentile of at
 * most 3 times once the breaker is open, and at most 2 s an insert before it is.
 */
import { join } from "node:path";
import { buildApp } from "../../build/bundle.ts";
import { startStack } from "../../local/stack.ts";
import { insert, setFaults, signIn } from "../support/client.ts";
import type { TestStack } from "../support/testStack.ts";

const inserts = 500;

const outages = [
  ["answers 503", { match: { path: "/messages" }, status: 503 }],
  ["drops connections", { match: { path: "/messages" }, reset: "before" }],
  ["hangs for ever", { match: { path: "/messages" }, hang: true }],
] as const;

/** Inserts one after another. @returns how long each took, in milliseconds, sorted */
async function measure(stack: TestStack, token: string, count: number): Promise<number[]> {
  const times: number[] = [];
  for (let index = 0; index < count; index++) {
    const began = performance.now();
    const { status } = await insert(stack, token, { text: `item ${index}` });
    times.push(performance.now() - began);
    if (status !== 201) throw new Error(`An insert was answered ${status}.`);
  }
  return times.sort((a, b) => a - b);
}

function quantile(times: readonly number[], part: number): number {
  return times[Math.min(times.length - 1, Math.floor(times.length * part))] ?? Number.NaN;
}

/** On a stack of its own, so that the breaker starts closed. */
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
      `A hub that ${what}: median ${ratio(0.5)} and 99th percentile ${ratio(0.99)} of the healthy ones; ` +
        `at most ${quantile(opening, 1).toFixed(0)} ms before the breaker opened.\n`,
    );
  } finally {
    await stop();
  }
}

await buildApp();
for (const [what, fault] of outages) await compare(what, fault);
