/** The number of consecutive attempts that must fail, each on all of its platforms, to open the breaker. */
const threshold = 3;

/** The shortest time between probes while the breaker is open, in milliseconds. */
const probeInterval = 5_000;

/** Whether an attempt may proceed: as usual, as a probe of whether the hub works again, or not at all. */
export type Admission = "closed" | "probe" | "open";

/** While the hub fails, admits only probes, so that inserts do not wait. A process has one breaker. */
export interface CircuitBreaker {
  admit(): Admission;
  /** @returns whether this closed the breaker */
  succeeded(): boolean;
  /** @returns whether this opened the breaker */
  failed(): boolean;
}

/** @param now returns the milliseconds of a monotonic clock */
export function createCircuitBreaker(now: () => number = () => performance.now()): CircuitBreaker {
  let failures = 0;
  let lastProbe: number | undefined;
  return {
    admit() {
      if (lastProbe === undefined) return "closed";
      if (now() - lastProbe < probeInterval) return "open";
      lastProbe = now();
      return "probe";
    },
    succeeded() {
      const closes = lastProbe !== undefined;
      failures = 0;
      lastProbe = undefined;
      return closes;
    },
    failed() {
      failures++;
      if (lastProbe !== undefined || failures < threshold) return false;
      lastProbe = now();
      return true;
    },
  };
}
