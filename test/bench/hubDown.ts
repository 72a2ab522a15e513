import { deliveriesSoFar, insert, setFaults } from "../support/client.ts";
import type { TestStack } from "../support/testStack.ts";
import { until } from "../support/until.ts";
import { type Bench, median, quantile } from "./figures.ts";
import { load } from "./load.ts";
import { insertOf, withApp } from "./withApp.ts";

const outages = [
  ["returns 503", { match: { path: "/messages" }, status: 503 }],
  ["drops connections", { match: { path: "/messages" }, reset: "before" }],
  ["never responds", { match: { path: "/messages" }, hang: true }],
] as const;

/**
 * Inserts while the hub is down, over 1 and 20 connections, against a healthy hub in the same run; and the time until
 * the other platforms have an item while one fails. The targets are 1.2 times the healthy medians.
 */
export const benchHubDown: Bench = async ({ quick, progress }) => {
  const count = quick ? 60 : 500;
  const figures: Record<string, number> = {};
  const lines: string[] = [];
  for (const [what, fault] of outages) {
    for (const connections of [1, 20]) {
      progress(`hub down: it ${what}, ${connections} connections`);
      // A process of its own, so that the breakers start closed.
      await withApp(async ({ app, stack, token }) => {
        const round = (inserts: number) =>
          load(app, connections, inserts, (index) => insertOf(token, index), 201);
        await round(count);
        const healthy = await round(count);
        await setFaults(stack, fault);
        const opening = await round(3);
        const open = await round(count);
        const ratio = (part: number) => quantile(open.times, part) / quantile(healthy.times, part);
        figures[`median of inserts over ${connections} while the hub ${what}, of a healthy one's`] =
          ratio(0.5);
        lines.push(
          `A hub that ${what}, over ${connections}: median ${ratio(0.5).toFixed(2)} and 99th percentile ${ratio(0.99).toFixed(2)} times the healthy ones; ` +
            `at most ${quantile(opening.times, 1).toFixed(0)} ms before the breakers opened.`,
        );
      });
    }
  }
  progress("hub down: one platform fails");
  await withApp(async ({ stack, token }) => {
    await measureDelivery(stack, token, count, "warm-up");
    const healthy = median(await measureDelivery(stack, token, count, "healthy"));
    await setFaults(stack, { match: { platform: "apns" }, status: 503 });
    for (let index = 0; index < 3; index++)
      await insert(stack, token, { text: "opens the breaker" });
    const failing = median(await measureDelivery(stack, token, count, "failing"));
    figures["delivery to the other platforms while one fails, of a healthy hub's"] =
      failing / healthy;
    lines.push(
      `While Apple's platform returns 503, delivery to the others takes ${(failing / healthy).toFixed(2)} times the healthy median.`,
    );
  });
  return { figures, lines };
};

/** Inserts items and takes the time until Windows and Android have each, in milliseconds. */
async function measureDelivery(
  stack: TestStack,
  token: string,
  count: number,
  of: string,
): Promise<number[]> {
  const began = new Map<string, number>();
  for (let index = 0; index < count; index++) {
    const text = `${of} ${index}.`;
    began.set(text, Date.now());
    await insert(stack, token, { text });
  }
  const isThere = async () =>
    (await deliveriesSoFar(stack)).filter(
      ({ platform, body }) => platform !== "apns" && body.includes(`${of} `),
    ).length >=
    2 * count;
  await until("the notifications", isThere);
  const arrived = await deliveriesSoFar(stack);
  return [...began].map(([text, start]) => {
    const own = arrived.filter(({ platform, body }) => platform !== "apns" && body.includes(text));
    if (own.length < 2) throw new Error(`${text} has reached ${own.length} of 2 devices.`);
    return Math.max(...own.map(({ at }) => Date.parse(at))) - start;
  });
}
