import { hash } from "node:crypto";
import type { UserId } from "../../user.ts";

/** A cache of recently verified tokens and their users. */
export interface RememberedTokens {
  find(token: string): UserId | undefined;
  /** @param expiry the token's expiry, in milliseconds since 1970 */
  remember(token: string, userId: UserId, expiry: number): void;
}

interface Entry {
  readonly userId: UserId;
  /** In milliseconds since 1970. */
  readonly expiry: number;
  /** On the monotonic clock. */
  readonly until: number;
}

/** The longest time to remember a token, in milliseconds. */
const longest = 60_000;

/**
 * Creates a cache that remembers verified tokens for 60 s, or until they expire if that is sooner. It stores
 * only their SHA-256 digests. When it is full, it forgets the oldest token.
 *
 * @param capacity the maximum number of tokens; each takes about 200 bytes, at most 1 KiB
 * @param now the clock, in milliseconds since 1970
 * @param monotonic returns the milliseconds of a monotonic clock
 */
export function createRememberedTokens(
  capacity: number,
  now: () => number,
  monotonic: () => number,
): RememberedTokens {
  const entries = new Map<string, Entry>();
  return {
    find(token) {
      const digest = digestOf(token);
      const entry = entries.get(digest);
      if (!entry) return undefined;
      if (now() < entry.expiry && monotonic() < entry.until) return entry.userId;
      entries.delete(digest);
      return undefined;
    },
    remember(token, userId, expiry) {
      entries.set(digestOf(token), { userId, expiry, until: monotonic() + longest });
      const [oldest] = entries.keys();
      if (entries.size > capacity && oldest !== undefined) entries.delete(oldest);
    },
  };
}

function digestOf(token: string): string {
  return hash("sha256", token, "base64url");
}
