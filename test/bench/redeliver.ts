import { deliveriesSoFar, setFaults } from "../support/client.ts";
import { until } from "../support/until.ts";
import type { Bench } from "./figures.ts";
import { load } from "./load.ts";
import { insertOf, withApp } from "./withApp.ts";

/** Redelivers what an outage of the hub left on the queue, against inserts a second. */
export const benchRedeliver: Bench = ({ quick, progress }) =>
  withApp(
    async ({ app, stack, token }) => {
      const count = quick ? 100 : 1_000;
      await load(app, 20, count, (index) => insertOf(token, index), 201);
      const inserts = await load(app, 20, count, (index) => insertOf(token, index), 201);
      await setFaults(stack, { match: { path: "/messages" }, status: 503 });
      progress(`redeliver: ${count} intents wait`);
      const before = (await deliveriesSoFar(stack)).length;
      await load(app, 20, count, (index) => insertOf(token, index), 201);
      await setFaults(stack);
      const began = performance.now();
      const missing = async () => before + 3 * count - (await deliveriesSoFar(stack)).length;
      await until("every intent to be delivered", async () => (await missing()) <= 0, 600_000);
      const perSecond = count / ((performance.now() - began) / 1000);
      const ratio = perSecond / inserts.perSecond;
      return {
        figures: { "redelivered intents a second, of inserts": ratio },
        lines: [
          `After an outage, ${perSecond.toFixed(0)} intents a second are delivered, ${ratio.toFixed(2)} of the inserts a second; their delays of 1 s and more are part of that.`,
        ],
      };
    },
    { Delivery__retrySeconds: "1" },
  );
