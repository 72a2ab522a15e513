/** The age after which an intent is given up, in milliseconds: 24 hours. */
export const longestLife = 24 * 60 * 60 * 1000;

/**
 * The longest delay of an intent, in seconds: 2 hours. What waits in an outage must not use up the rate of the queue, or
 * inserts fail.
 */
const longestDelay = 2 * 60 * 60;

/** The longest delay of an intent while sending is switched off, in seconds. */
const longestOff = 15 * 60;

/** How long before an intent becomes visible its insert's sends end, in milliseconds: the rest takes a healthy storage less. */
const margin = 4_000;

/**
 * The longest time after an intent's creation at which its row may still appear, in seconds. The insert
 * begins within 10 s. Storage may work on a request for 30 s, whatever the client's deadline
 * (https://learn.microsoft.com/rest/api/storageservices/setting-timeouts-for-table-service-operations).
 * 5 s are added for differences between clocks.
 */
const longestInsert = 45;

/** The times of redelivery, derived from the delay of the first retry. */
export interface Schedule {
  /** How long a new intent is invisible, which leaves it to its insert, in seconds. */
  readonly initialDelay: number;
  /** How long after an intent's creation the sends of its insert have ended, in milliseconds: before it becomes visible. */
  readonly sendsEnd: number;
  /** How long an intent without a row is kept, in milliseconds, because its row may still appear. */
  readonly rowGracePeriod: number;
  /** The delay until redelivery looks for a missing row again, in seconds. */
  readonly rowRecheck: number;
  /** Returns the delay after failed attempts, in whole seconds: doubling, jittered, at most 2 hours. */
  retryDelay(attempt: number): number;
  /**
   * Returns the delay of an intent for which no send was tried, in whole seconds: doubling, jittered, at most
   * 2 hours.
   *
   * @param postponements how often it has been postponed in a row before
   */
  postponement(postponements: number): number;
  /** As `postponement`, while sending is switched off: at most 15 minutes, after which what waits is sent if it is on again. */
  postponementWhileOff(postponements: number): number;
}

/** @param retrySeconds the delay of the first retry, in whole seconds */
export function createSchedule(retrySeconds: number): Schedule {
  const initialDelay = 2 * retrySeconds;
  const hidden = initialDelay * 1_000;
  return {
    initialDelay,
    sendsEnd: hidden - Math.min(margin, hidden / 4),
    rowGracePeriod: Math.max(8 * retrySeconds, longestInsert) * 1000,
    rowRecheck: retrySeconds,
    retryDelay: (attempt) => doubling(retrySeconds, attempt - 1),
    postponement: (postponements) => doubling(retrySeconds, postponements),
    postponementWhileOff: (postponements) => doubling(retrySeconds, postponements, longestOff),
  };
}

/** Returns 75 to 100 percent of the delay, so that messages that failed together are retried apart. */
function doubling(first: number, times: number, longest = longestDelay): number {
  const delay = Math.min(first * 2 ** Math.max(times, 0), longest);
  return Math.max(1, Math.round(delay * (0.75 + Math.random() * 0.25)));
}
