import { isRestError } from "@azure/notification-hubs";

/** Why a call to the hub failed. It contains no text from the hub. */
export type HubFailure =
  /** 400 or 413: the hub refuses the content, and a retry does not help. */
  | { readonly kind: "refused"; readonly status: number }
  /** 401 or 403, or the hub does not exist: the settings or the rights of their key are wrong. */
  | { readonly kind: "credentials"; readonly status: number }
  /** 404 or 410: the registration does not exist, or its id is retired. */
  | { readonly kind: "gone"; readonly status: number }
  /** 412: the registration has changed since it was read. */
  | { readonly kind: "changed"; readonly status: number }
  | Unavailable;

/** Any other status, no response in time or an unreadable one. A retry may help. */
interface Unavailable {
  readonly kind: "unavailable";
  readonly status?: number;
  /** In seconds, at most an hour, if the hub sent it. */
  readonly retryAfter?: number;
  /** The name of the error if the SDK could not read the response. */
  readonly error?: string;
}

export type HubResult<T> = { readonly kind: "done"; readonly value: T } | HubFailure;

/**
 * Calls the hub once, without retries. Returns every failure as a value.
 *
 * @param missing what a 404 means: the registration does not exist, or the hub does not
 * @param call must pass its own abort signal to the SDK, which otherwise waits forever
 */
export async function callHub<T>(
  missing: "registration" | "hub",
  call: () => Promise<T>,
): Promise<HubResult<T>> {
  try {
    return { kind: "done", value: await call() };
  } catch (error) {
    if (isRestError(error)) {
      const retryAfter = error.response?.headers.get("retry-after");
      return failure(missing, error.statusCode, readRetryAfter(retryAfter));
    }
    if (error instanceof Error && error.name === "AbortError") return { kind: "unavailable" };
    // The SDK throws any kind of error, and values that are no errors, for a response that it can't read.
    const name = error instanceof Error ? error.name : typeof error;
    return { kind: "unavailable", error: name };
  }
}

/** The longest `Retry-After` that is believed, in seconds. */
const longestRetryAfter = 60 * 60;

/** Returns the seconds of a `Retry-After` header, which may hold a date (RFC 9110, section 10.2.3). */
function readRetryAfter(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const seconds = /^\d+$/.test(text) ? Number(text) : (Date.parse(text) - Date.now()) / 1_000;
  return Number.isNaN(seconds)
    ? undefined
    : Math.min(Math.max(0, Math.ceil(seconds)), longestRetryAfter);
}

function failure(
  missing: "registration" | "hub",
  status: number | undefined,
  retryAfter: number | undefined,
): HubFailure {
  switch (status) {
    case 400:
    case 413:
      return { kind: "refused", status };
    case 401:
    case 403:
      // The hub also throttles with 403.
      if (retryAfter !== undefined) return { kind: "unavailable", status, retryAfter };
      return { kind: "credentials", status };
    case 404:
      return { kind: missing === "hub" ? "credentials" : "gone", status };
    case 410:
      return { kind: "gone", status };
    case 412:
      return { kind: "changed", status };
    default:
      return {
        kind: "unavailable",
        ...(status !== undefined && { status }),
        ...(retryAfter !== undefined && { retryAfter }),
      };
  }
}
