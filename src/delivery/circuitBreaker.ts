/** How many attempts in a row have to fail, on every platform, for the breaker to open. */
const threshold = 3;

/** How often a call is let through while it is open, in milliseconds. */
const probeInterval = 5_000;

/** How a call may go on: as usual, as a probe of whether the hub is back, or not at all. */
export type Admission = "closed" | "probe" | "open";

/** Keeps a hub that is down from being waited for. One for a process. */
export interface CircuitBreaker {
  admit(): Admission;
  /** @returns whether this closed the breaker */
  succeeded(): boolean;
  /** @returns whether this opened the breaker */
  failed(): boolean;
}

/** @param now in milliseconds, of a clock that only goes forward */
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
