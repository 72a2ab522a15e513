import { hash } from "node:crypto";
import type { UserId } from "../../user.ts";

/** The users of tokens that were verified a moment ago. */
export interface RememberedTokens {
  find(token: string): UserId | undefined;
  /** @param expiry the token's, in milliseconds since 1970 */
  remember(token: string, userId: UserId, expiry: number): void;
}

/** The longest time that a token is remembered, in milliseconds. */
const longest = 60_000;

/**
 * Remembers verified tokens for 60 s or until they expire, by their SHA-256 alone; when there are more
 * than it holds, the oldest is forgotten.
 *
 * @param capacity how many are remembered; each takes some 200 bytes, and up to 1 KiB
 * @param now the clock, in milliseconds since 1970
 */
export function createRememberedTokens(capacity: number, now: () => number): RememberedTokens {
  const entries = new Map<string, { readonly userId: UserId; readonly until: number }>();
  return {
    find(token) {
      const digest = digestOf(token);
      const entry = entries.get(digest);
      if (!entry) return undefined;
      if (now() < entry.until) return entry.userId;
      entries.delete(digest);
      return undefined;
    },
    remember(token, userId, expiry) {
      entries.set(digestOf(token), { userId, until: Math.min(now() + longest, expiry) });
      const [oldest] = entries.keys();
      if (entries.size > capacity && oldest !== undefined) entries.delete(oldest);
    },
  };
}

function digestOf(token: string): string {
  return hash("sha256", token, "base64url");
}
