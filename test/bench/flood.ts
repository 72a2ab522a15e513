/*
 * Measures what other users notice while one user floods the app with filters that compare as much as they may:
 * `npm run bench:flood`. The targets are at most 500 ms at the median and 2 s at worst, and a heap of at most 512 MB,
 * which is the limit that the host's process runs with here.
 */
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { buildApp } from "../../build/bundle.ts";
import { startStack } from "../../local/stack.ts";
import { insert, send, signIn } from "../support/client.ts";
import { noLimits } from "../support/noLimits.ts";
import type { TestStack } from "../support/testStack.ts";
import { query, seed, todo } from "../support/todoItems.ts";

const floods: readonly [what: string, options: Record<string, string>][] = [
  ["30 contains", { $filter: Array(30).fill("contains(text,'ab')").join(" or ") }],
  ["1 contains", { $filter: "contains(text,'ab')" }],
  [
    "nested replace and concat",
    {
      $filter: Array(20)
        .fill("length(concat(replace(replace(text,'a','aaaaaaaaa'),'aa','a'),toupper(text))) eq 1")
        .join(" or "),
    },
  ],
  [
    "30 indexof of a part much like the text",
    {
      $filter: Array(15)
        .fill(`indexof(text,'${"a".repeat(200)}b') gt 0`)
        .join(" or "),
    },
  ],
  ["100 tolower", { $filter: Array(100).fill("tolower(text) eq 'b'").join(" or ") }],
  ["order by text, at the end", { $orderby: "text", $skip: "9000" }],
  ["a pull with 1,000 of them", { $orderby: "updatedAt", $top: "1000", __includeDeleted: "true" }],
];

function quantile(times: readonly number[], part: number): string {
  const sorted = times.toSorted((a, b) => a - b);
  return `${(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0).toFixed(0)} ms`;
}

await buildApp();
const { addresses, stop } = await startStack({
  appDirectory: join(import.meta.dirname, "../.."),
  portBase: 0,
  host: true,
  env: { ...process.env, ...noLimits, NODE_OPTIONS: "--max-old-space-size=512" },
  log: () => {},
});
try {
  const stack: TestStack = {
    addresses: { ...addresses, functions: addresses.functions ?? "" },
    log: () => "",
    stop,
  };
  const now = new Date().toISOString();
  const times = { createdAt: now, updatedAt: now, complete: false };
  const items = Array.from({ length: 10_000 }, () => {
    return { id: randomUUID(), text: "a".repeat(10_000), ...times };
  });
  await seed(addresses.storage, "mallory", items);
  const [mallory, bob] = [await signIn(stack, "mallory"), await signIn(stack, "bob")];
  for (const [what, options] of floods) {
    const statuses = new Set<number>();
    let left = 8;
    const flood = Promise.all(
      Array.from({ length: left }, async () => {
        statuses.add((await todo(stack, mallory, "GET", query(options))).status);
        left--;
      }),
    );
    const inserts: number[] = [];
    const health: number[] = [];
    while (left > 0) {
      const began = performance.now();
      await send(stack, "GET", "/api/health");
      const between = performance.now();
      await insert(stack, bob, { text: "an item" });
      health.push(between - began);
      inserts.push(performance.now() - between);
    }
    await flood;
    process.stdout.write(
      `8 at once of ${what} (answered ${[...statuses].join()}): health ${quantile(health, 0.5)}, worst ` +
        `${quantile(health, 1)}; ${inserts.length} inserts ${quantile(inserts, 0.5)}, worst ${quantile(inserts, 1)}\n`,
    );
  }
} finally {
  await stop();
}
