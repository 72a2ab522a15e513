/**
 * Takes one from a bound on how often something is done.
 *
 * @returns 0 if there was one to take, otherwise the whole seconds until there is
 */
export type Take = () => number;

/** A bound on how often something is done. */
export interface Bound {
  /** How often in a minute, for ever; 0 for no bound. */
  readonly perMinute: number;
  /** How often at once, if nothing was done for long enough. By default, `perMinute`. */
  readonly atOnce?: number;
}

/**
 * Bounds how often something is done.
 *
 * @param now returns the milliseconds of a monotonic clock
 */
export function createTokenBucket(
  { perMinute, atOnce = perMinute }: Bound,
  now: () => number = () => performance.now(),
): Take {
  if (perMinute === 0) return () => 0;
  const interval = 60_000 / perMinute;
  let tokens = atOnce;
  let filledAt = now();
  return () => {
    const time = now();
    tokens = Math.min(atOnce, tokens + (time - filledAt) / interval);
    filledAt = time;
    if (tokens < 1) return Math.max(1, Math.ceil(((1 - tokens) * interval) / 1_000));
    tokens -= 1;
    return 0;
  };
}
