import type { FetchKeys } from "./fetchKeys.ts";
import type { SigningKey } from "./signingKey.ts";

/** The keys of one issuer, or `undefined` if the issuer is unreachable or publishes no keys. */
export interface KeyCache {
  /** Returns the cached keys. Fetches them first if there are none. */
  current(): Promise<readonly SigningKey[] | undefined>;
  /** Returns newer keys for a token that the cached keys can't verify. Fetches at most once in 30 s. */
  renewed(): Promise<readonly SigningKey[] | undefined>;
}

const second = 1_000;
const minute = 60 * second;

/** The age at which keys are refreshed in the background. */
const refreshAge = 10 * minute;

/** After this long without a fetch, the next caller waits for fresh keys: a key may have been withdrawn. */
const idleAge = 2 * refreshAge;

/** The minimum time between fetches for unknown keys, and between retries of a failed refresh. */
const fetchInterval = 30 * second;

/** How long keys stay in use while the issuer is unreachable. */
const outageLimit = 24 * 60 * minute;

/** The wait before another fetch if there are no usable keys, in seconds. */
export const retryAfterSeconds = 5;

/**
 * Creates a cache for the keys of one issuer. It refreshes old keys when they are used. A timer would not
 * run in a Functions host that is frozen between calls.
 *
 * @param warn receives a sentence about every failed fetch
 * @param now returns the milliseconds of a monotonic clock: a wall clock that is set back would put off fetches
 */
export function createKeyCache(
  fetchKeys: FetchKeys,
  warn: (failure: string) => void,
  now: () => number,
): KeyCache {
  let keys: readonly SigningKey[] = [];
  let fetchedAt = Number.NEGATIVE_INFINITY;
  let triedAt = Number.NEGATIVE_INFINITY;
  let renewedAt = Number.NEGATIVE_INFINITY;
  let fetching: Promise<void> | undefined;

  /** Fetches the keys. Concurrent callers share one fetch. */
  function refresh(): Promise<void> {
    fetching ??= fetchKeys()
      .then(
        (fetched) => {
          keys = fetched;
          fetchedAt = now();
        },
        (error: unknown) => warn(error instanceof Error ? error.message : "Unknown error."),
      )
      .finally(() => {
        triedAt = now();
        fetching = undefined;
      });
    return fetching;
  }

  function usable(): readonly SigningKey[] | undefined {
    return keys.length > 0 && now() - fetchedAt < outageLimit ? keys : undefined;
  }

  return {
    async current() {
      const sinceTried = now() - triedAt;
      if (!usable()) {
        if (sinceTried >= retryAfterSeconds * second) await refresh();
      } else if (sinceTried >= idleAge) {
        await refresh();
      } else if (now() - fetchedAt >= refreshAge && sinceTried >= fetchInterval) {
        void refresh();
      }
      return usable();
    },
    async renewed() {
      if (!fetching && now() - renewedAt < fetchInterval) return usable();
      if (!fetching) renewedAt = now();
      await refresh();
      return usable();
    },
  };
}
