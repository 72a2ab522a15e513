import type { Platform } from "../platforms/platforms.ts";

/** The number of consecutive failed sends that open a breaker. */
const threshold = 3;

/** The shortest time between probes while a breaker is open, in milliseconds. */
const probeInterval = 5_000;

/** Whether a send may proceed: as usual, as a probe of whether the platform works again, or not at all. */
export type Admission = "closed" | "probe" | "open";

/** Spares a hub whose sends to one platform fail. */
export interface CircuitBreaker {
  admit(): Admission;
  /** Returns whether {@link admit} would return `open` now. Takes no probe. */
  isOpen(): boolean;
  /** @returns whether this closed the breaker */
  succeeded(): boolean;
  /**
   * @param retryAfter the seconds after which the hub wants to be asked again, as of `HubFailure`; the breaker is open
   * until then, without probes
   * @returns whether this opened the breaker
   */
  failed(retryAfter?: number): boolean;
  /**
   * Returns in how many seconds what waits is to be tried again: from the time that the hub asked for to a quarter of it
   * later, so that not all comes at once; undefined if it asked for none, or that is over.
   */
  askedToWait(): { readonly least: number; readonly most: number } | undefined;
}

/** One breaker for each platform. A process has one set of them. */
export type CircuitBreakers = (platform: Platform) => CircuitBreaker;

/** @param now returns the milliseconds of a monotonic clock */
export function createCircuitBreakers(now?: () => number): CircuitBreakers {
  const breakers = new Map<Platform, CircuitBreaker>();
  return (platform) => {
    const breaker = breakers.get(platform) ?? createCircuitBreaker(now);
    breakers.set(platform, breaker);
    return breaker;
  };
}

/**
 * Admits sends to platforms now, before what has to be looked at first.
 *
 * @returns a function that returns the platforms to send to when that is done: those that were admitted, and whose breaker
 * has not opened meanwhile
 */
export function admitEarly(
  breakers: CircuitBreakers,
  platforms: readonly Platform[],
): () => readonly Platform[] {
  const admissions = platforms.map((platform) => [platform, breakers(platform).admit()] as const);
  return () =>
    admissions.flatMap(([platform, admission]) =>
      admission === "open" ||
      breakers(platform).askedToWait() ||
      (admission === "closed" && breakers(platform).isOpen())
        ? []
        : [platform],
    );
}

/**
 * Returns the seconds until the first of the platforms is worth a try, drawn from the time over which what waits for the hub
 * is spread.
 *
 * @param usual if the hub asks for none, or there are no platforms
 */
export function secondsToWait(
  breakers: CircuitBreakers,
  platforms: readonly Platform[],
  usual: number,
): number {
  const usually = { least: usual, most: usual };
  const [first = usually] = platforms
    .map((platform) => breakers(platform).askedToWait() ?? usually)
    .toSorted((one, other) => one.least - other.least);
  // Drawn once: of one draw for each platform, the smallest would come early.
  return Math.ceil(first.least + Math.random() * (first.most - first.least));
}

/** @param now returns the milliseconds of a monotonic clock */
export function createCircuitBreaker(now: () => number = () => performance.now()): CircuitBreaker {
  let failures = 0;
  /** When the breaker opened, or its last probe began. `undefined` while it is closed. */
  let lastProbe: number | undefined;
  let noProbeBefore = Number.NEGATIVE_INFINITY;
  /** Over how many milliseconds after that what waits is spread. */
  let spread = 0;

  function isOpen(): boolean {
    if (lastProbe === undefined) return false;
    const time = now();
    return time < noProbeBefore || time - lastProbe < probeInterval;
  }

  return {
    isOpen,
    admit() {
      if (lastProbe === undefined) return "closed";
      if (isOpen()) return "open";
      lastProbe = now();
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
        if (until > noProbeBefore) {
          noProbeBefore = until;
          spread = retryAfter * 250;
        }
      }
      if (lastProbe !== undefined || (failures < threshold && retryAfter <= 0)) return false;
      // The first probe after a Retry-After need not wait any longer.
      lastProbe = retryAfter > 0 ? time - probeInterval : time;
      return true;
    },
    askedToWait() {
      const least = (noProbeBefore - now()) / 1_000;
      return least > 0 ? { least, most: least + spread / 1_000 } : undefined;
    },
  };
}
