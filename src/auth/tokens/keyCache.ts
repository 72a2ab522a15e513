import type { FetchKeys } from "./fetchKeys.ts";
import type { SigningKey } from "./signingKey.ts";

/** The keys of one issuer. None, `undefined`, is when the issuer is out of reach or publishes none. */
export interface KeyCache {
  /** The keys in hand, fetched where there are none. */
  current(): Promise<readonly SigningKey[] | undefined>;
  /** The keys after a token that those in hand do not explain: fetched anew, at most once in 30 s. */
  renewed(): Promise<readonly SigningKey[] | undefined>;
}

const second = 1_000;
const minute = 60 * second;

/** The age from which keys are refreshed in the background. */
const refreshAge = 10 * minute;

/** Nobody having asked for so long, the next one waits for fresh keys: a key may have been withdrawn. */
const idleAge = 2 * refreshAge;

/** How far apart tokens of unknown keys, and failed refreshes, may make us fetch. */
const fetchInterval = 30 * second;

/** How long keys stay in use while the issuer is out of reach. */
const outageLimit = 24 * 60 * minute;

/** Seconds after which an issuer without keys is asked again. */
export const retryAfterSeconds = 5;

/**
 * Keeps the keys of one issuer. They are refreshed by their age when they are used, not by a timer,
 * which would not run in a Functions host that is frozen between calls.
 *
 * @param warn takes a sentence about every fetch that failed
 * @param now the clock, in milliseconds since 1970
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

  /** One fetch for all who ask meanwhile. */
  function refresh(): Promise<void> {
    fetching ??= fetchKeys()
      .then(
        (fetched) => {
          keys = fetched;
          fetchedAt = now();
        },
        (error: unknown) => warn(error instanceof Error ? error.message : "An unknown failure."),
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
