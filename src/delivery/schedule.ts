/** When an intent is given up, in milliseconds: 24 hours. */
export const longestLife = 24 * 60 * 60 * 1000;

/** The longest delay before the next attempt, in seconds. */
const longestDelay = 60 * 60;

/**
 * The longest time after an intent's creation at which its row may still appear, in seconds: the insert
 * begins within 10 s and takes at most 5 s, and a second for the clocks.
 */
const longestInsert = 16;

/** The times of redelivery, which follow from the first retry's delay. */
export interface Schedule {
  /** How long a new intent is left to the insert that put it, in seconds. */
  readonly initialDelay: number;
  /** How long an intent without a row is kept, in milliseconds: its row may be on its way. */
  readonly rowGracePeriod: number;
  /** The delay until the next look where nothing was tried, in seconds. */
  readonly postponement: number;
  /** The delay after so many failed attempts, in whole seconds: doubling, jittered, at most an hour. */
  retryDelay(attempt: number): number;
}

/** @param retrySeconds the first retry's delay, in whole seconds */
export function createSchedule(retrySeconds: number): Schedule {
  return {
    initialDelay: 2 * retrySeconds,
    rowGracePeriod: Math.max(8 * retrySeconds, longestInsert) * 1000,
    postponement: retrySeconds,
    retryDelay(attempt) {
      const delay = Math.min(retrySeconds * 2 ** Math.max(attempt - 1, 0), longestDelay);
      // Between three quarters and the whole of it, so that what failed together parts.
      return Math.max(1, Math.round(delay * (0.75 + Math.random() * 0.25)));
    },
  };
}
