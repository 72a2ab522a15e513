/**
 * Takes one from a bound on how often something is done.
 *
 * @returns 0 if there was one to take, otherwise the whole seconds until there is
 */
export type Take = () => number;

/**
 * Bounds how often something is done: so many times at once, and as many again in each minute.
 *
 * @param perMinute 0 for no bound
 * @param now returns the milliseconds of a monotonic clock
 */
export function createTokenBucket(
  perMinute: number,
  now: () => number = () => performance.now(),
): Take {
  if (perMinute === 0) return () => 0;
  const interval = 60_000 / perMinute;
  let tokens = perMinute;
  let filledAt = now();
  return () => {
    const time = now();
    tokens = Math.min(perMinute, tokens + (time - filledAt) / interval);
    filledAt = time;
    if (tokens < 1) return Math.max(1, Math.ceil(((1 - tokens) * interval) / 1_000));
    tokens -= 1;
    return 0;
  };
}
