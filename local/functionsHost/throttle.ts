import type { HttpOptions } from "./hostJson.ts";

/** Runs a call when there is room for it. Returns `undefined` if there are too many calls already. */
export type Throttle = <Result>(call: () => Promise<Result>) => Promise<Result> | undefined;

/**
 * Bounds the calls that run and wait at once, like the real host (`HttpThrottleMiddleware` in its sources). It starts those
 * that wait in the order in which they came.
 */
export function createThrottle({
  maxConcurrentRequests,
  maxOutstandingRequests,
}: HttpOptions): Throttle {
  const most = (limit: number) => (limit < 0 ? Number.POSITIVE_INFINITY : limit);
  const waiting: (() => void)[] = [];
  let outstanding = 0;
  let running = 0;

  async function run<Result>(call: () => Promise<Result>): Promise<Result> {
    outstanding++;
    if (running >= most(maxConcurrentRequests)) {
      await new Promise<void>((resolve) => {
        waiting.push(resolve);
      });
    } else running++;
    try {
      return await call();
    } finally {
      outstanding--;
      // The next one takes the place of this one.
      const next = waiting.shift();
      if (next) next();
      else running--;
    }
  }

  return (call) => (outstanding >= most(maxOutstandingRequests) ? undefined : run(call));
}
