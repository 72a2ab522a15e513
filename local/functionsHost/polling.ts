/** The first delay after an empty poll, in milliseconds. */
const firstDelay = 100;

/** Decides how long a listener waits before the next poll. */
export interface Polling {
  /** Returns the delay in milliseconds: 0 after messages; otherwise longer each time, with random jitter. */
  delayAfter(found: boolean): number;
}

/** @param longest the maximum delay, in milliseconds */
export function createPolling(longest: number): Polling {
  let delay = 0;
  return {
    delayAfter(found) {
      // The host's strategy doubles the delay and varies it by up to 20%.
      delay = found ? 0 : Math.min(Math.max(delay * 2, firstDelay), longest);
      return Math.min(delay * (0.8 + Math.random() * 0.4), longest);
    },
  };
}
