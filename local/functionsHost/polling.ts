/** The first delay after a queue was found empty, in milliseconds. */
const firstDelay = 100;

/** How long a listener waits before it looks again. */
export interface Polling {
  /** In milliseconds: none after messages; after nothing, longer each time, by a random part. */
  delayAfter(found: boolean): number;
}

/** @param longest the delay that it backs off to, in milliseconds */
export function createPolling(longest: number): Polling {
  let delay = 0;
  return {
    delayAfter(found) {
      // The host's strategy doubles the delay and takes up to a fifth off or on.
      delay = found ? 0 : Math.min(Math.max(delay * 2, firstDelay), longest);
      return Math.min(delay * (0.8 + Math.random() * 0.4), longest);
    },
  };
}
