/** The age after which an intent is given up, in milliseconds: 24 hours. */
export const longestLife = 24 * 60 * 60 * 1000;

/** The longest delay before the next attempt, in seconds. */
const longestDelay = 60 * 60;

/**
 * The longest time after an intent's creation at which its row may still appear, in seconds. The insert
 * begins within 10 s and takes at most 5 s. One second is added for differences between clocks.
 */
const longestInsert = 16;

/** The times of redelivery, derived from the delay of the first retry. */
export interface Schedule {
  /** How long a new intent is invisible, which leaves it to its insert, in seconds. */
  readonly initialDelay: number;
  /** How long an intent without a row is kept, in milliseconds, because its row may still appear. */
  readonly rowGracePeriod: number;
  /** The delay until the next check if no send was tried, in seconds. */
  readonly postponement: number;
  /** Returns the delay after failed attempts, in whole seconds: doubling, jittered, at most an hour. */
  retryDelay(attempt: number): number;
}

/** @param retrySeconds the delay of the first retry, in whole seconds */
export function createSchedule(retrySeconds: number): Schedule {
  return {
    initialDelay: 2 * retrySeconds,
    rowGracePeriod: Math.max(8 * retrySeconds, longestInsert) * 1000,
    postponement: retrySeconds,
    retryDelay(attempt) {
      const delay = Math.min(retrySeconds * 2 ** Math.max(attempt - 1, 0), longestDelay);
      // 75 to 100 percent of the delay, so that messages that failed together are retried apart.
      return Math.max(1, Math.round(delay * (0.75 + Math.random() * 0.25)));
    },
  };
}
