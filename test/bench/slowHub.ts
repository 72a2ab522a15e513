import { setTimeout as delay } from "node:timers/promises";
import { deliveriesSoFar, insert, setFaults } from "../support/client.ts";
import { type Bench, median } from "./figures.ts";
import { withApp } from "./withApp.ts";

/** How long each send of the hub takes, in milliseconds, and the inserts a second. */
const loads = [
  [0, 20],
  [500, 20],
  [2_000, 20],
  [8_000, 5],
  [2_000, 100],
] as const;

/**
 * Inserts at a steady rate while the hub's sends take their time: whether inserts answer as fast, whether an item is
 * delivered twice, and how late.
 */
export const benchSlowHub: Bench = async ({ quick, progress }) => {
  const figures: Record<string, number> = {};
  const lines: string[] = [];
  await withApp(async ({ cloud, stack, token }) => {
    for (let index = 0; index < 300; index++) await insert(stack, token, { text: "warm-up" });
    await cloud.settled();
    let undelayed = Number.NaN;
    for (const [delayMs, perSecond] of loads) {
      progress(`slow hub: ${delayMs} ms, ${perSecond} a second`);
      await setFaults(stack, { match: { path: "/messages" }, delayMs });
      await cloud.mostSends();
      const of = `${delayMs} ms ${perSecond} a second`;
      const took: number[] = [];
      const answered = new Map<string, number>();
      const start = performance.now();
      const inserts: Promise<unknown>[] = [];
      for (let index = 0; index < perSecond * (quick ? 5 : 20); index++) {
        await delay(Math.max(0, start + (index * 1_000) / perSecond - performance.now()));
        const text = `${of} ${index}.`;
        const began = performance.now();
        inserts.push(
          insert(stack, token, { text }).then(() => {
            took.push(performance.now() - began);
            answered.set(text, Date.now());
          }),
        );
      }
      await Promise.all(inserts);
      await cloud.settled();
      const most = await cloud.mostSends();
      const shown = (await deliveriesSoFar(stack)).filter(({ body }) => body.includes(of));
      const late = shown.map(({ at, body }) => {
        const [text = ""] = new RegExp(`${of} \\d+\\.`).exec(body) ?? [];
        return Date.parse(at) - (answered.get(text) ?? Number.NaN) - delayMs;
      });
      const once = 3 * answered.size;
      if (delayMs === 0) undelayed = median(took);
      const ratio = median(took) / undelayed;
      figures[
        `median of an insert at ${perSecond} a second with sends of ${delayMs} ms, of that with 0`
      ] = ratio;
      figures[`the most sends under way at ${perSecond} a second with sends of ${delayMs} ms`] =
        most;
      figures[`deliveries at ${perSecond} a second with sends of ${delayMs} ms, of those due`] =
        shown.length / once;
      lines.push(
        `Sends of ${delayMs} ms at ${perSecond} inserts a second: ${answered.size} inserts, median ${median(took).toFixed(1)} ms (${ratio.toFixed(2)} of that with 0); ` +
          `${shown.length} of ${once} deliveries, the latest ${Math.max(...late).toFixed(0)} ms after the answer and the delay; ` +
          `at most ${most} sends under way.`,
      );
    }
  });
  return { figures, lines };
};
