import type { TokenCredential } from "@azure/identity";
import { withDeadline } from "../http/deadline.ts";

/** What storage is asked for with a token. */
const scope = "https://storage.azure.com/.default";

/** The time limit of fetching a token, in milliseconds, for all callers that wait for it. */
const fetchDeadline = 10_000;

/** How long before its end a token is renewed, while calls still use it, in milliseconds. */
const early = 5 * 60_000;

/** How long before its end a token is used no more, in milliseconds: a call takes a while to reach storage. */
const late = 30_000;

/** The shortest time from an early renewal to the next one, in milliseconds: it may fail, or give the same token again. */
const pause = 30_000;

/** The tokens of one identity for storage. They are fetched once at a time, for all calls together. */
export interface AccessTokens {
  /** Returns a token that lasts for a call. Rejects with an AbortError if the signal aborts first. */
  get(abortSignal: AbortSignal): Promise<string>;
  /** Returns another token than one that storage refused. */
  instead(refused: string, abortSignal: AbortSignal): Promise<string>;
}

/** @param now returns the time in milliseconds since 1970 */
export function createAccessTokens(
  credential: TokenCredential,
  now: () => number = Date.now,
): AccessTokens {
  let current: { readonly token: string; readonly expiresOnTimestamp: number } | undefined;
  let fetching: Promise<string> | undefined;
  let lastEarly = Number.NEGATIVE_INFINITY;

  function fetched(): Promise<string> {
    fetching ??= withDeadline(fetchDeadline, async (abortSignal) => {
      const token = await credential.getToken(scope, { abortSignal });
      if (token === null) throw new TypeError("The credential has no token.");
      current = token;
      return token.token;
    }).finally(() => {
      fetching = undefined;
    });
    return fetching;
  }

  return {
    async get(abortSignal) {
      const left = current === undefined ? 0 : current.expiresOnTimestamp - now();
      if (current === undefined || left <= late) return unlessAborted(fetched(), abortSignal);
      // If it fails, the calls after it try again.
      if (left <= early && now() - lastEarly >= pause) {
        lastEarly = now();
        fetched().catch(() => {});
      }
      return current.token;
    },
    async instead(refused, abortSignal) {
      if (current !== undefined && current.token !== refused) return current.token;
      return unlessAborted(fetched(), abortSignal);
    },
  };
}

/** Settles as the work does, or rejects when the signal aborts. */
async function unlessAborted<T>(work: Promise<T>, abortSignal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => reject(new DOMException("There was no token in time.", "AbortError"));
  if (abortSignal.aborted) abort();
  abortSignal.addEventListener("abort", abort);
  try {
    return await Promise.race([work, aborted]);
  } finally {
    abortSignal.removeEventListener("abort", abort);
  }
}
