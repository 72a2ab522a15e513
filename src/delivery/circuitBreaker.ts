import type { Platform } from "../hub/platform.ts";

/** The number of consecutive failed sends that open a breaker. */
const threshold = 3;

/** The shortest time between probes while a breaker is open, in milliseconds. */
const probeInterval = 5_000;

/** Whether a send may proceed: as usual, as a probe of whether the platform works again, or not at all. */
export type Admission = "closed" | "probe" | "open";

/** Keeps inserts from waiting for sends to one platform while they fail. */
export interface CircuitBreaker {
  admit(): Admission;
  /** @returns whether this closed the breaker */
  succeeded(): boolean;
  /**
   * @param retryAfter the seconds after which the hub wants to be asked again, as of `HubFailure`; the breaker is open
   * until then, without probes
   * @returns whether this opened the breaker
   */
  failed(retryAfter?: number): boolean;
  /** Returns the seconds until the time that the hub asked for; 0 if it asked for none. */
  secondsToWait(): number;
}

/** One breaker for each platform. A process has one set of them. */
export type CircuitBreakers = Readonly<Record<Platform, CircuitBreaker>>;

/** @param now returns the milliseconds of a monotonic clock */
export function createCircuitBreakers(now?: () => number): CircuitBreakers {
  const breaker = () => createCircuitBreaker(now);
  return { wns: breaker(), apns: breaker(), fcmv1: breaker() };
}

/**
 * Returns the seconds until the first of the platforms is worth a try.
 *
 * @param usual if the hub asks for none, or there are no platforms
 */
export function secondsToWait(
  breakers: CircuitBreakers,
  platforms: readonly Platform[],
  usual: number,
): number {
  if (platforms.length === 0) return usual;
  return Math.min(...platforms.map((platform) => breakers[platform].secondsToWait() || usual));
}

/** @param now returns the milliseconds of a monotonic clock */
export function createCircuitBreaker(now: () => number = () => performance.now()): CircuitBreaker {
  let failures = 0;
  /** When the breaker opened, or its last probe began. `undefined` while it is closed. */
  let lastProbe: number | undefined;
  let noProbeBefore = Number.NEGATIVE_INFINITY;
  return {
    admit() {
      if (lastProbe === undefined) return "closed";
      const time = now();
      if (time < noProbeBefore || time - lastProbe < probeInterval) return "open";
      lastProbe = time;
      return "probe";
    },
    succeeded() {
      // A send that began before the hub asked to wait says nothing about now.
      if (now() < noProbeBefore) return false;
      const closes = lastProbe !== undefined;
      failures = 0;
      lastProbe = undefined;
      return closes;
    },
    failed(retryAfter = 0) {
      failures++;
      const time = now();
      if (retryAfter > 0) {
        const until = time + retryAfter * 1_000;
        noProbeBefore = Math.max(noProbeBefore, until);
      }
      if (lastProbe !== undefined || (failures < threshold && retryAfter <= 0)) return false;
      // The first probe after a Retry-After need not wait any longer.
      lastProbe = retryAfter > 0 ? time - probeInterval : time;
      return true;
    },
    secondsToWait() {
      return Math.max(0, Math.ceil((noProbeBefore - now()) / 1_000));
    },
  };
}
