import { isRestError } from "@azure/notification-hubs";

/** Why a call to the hub failed. It contains no text from the hub. */
export type HubFailure =
  /** 401 or 403, or the hub does not exist: the settings or the rights of their key are wrong. */
  | { readonly kind: "credentials"; readonly status: number }
  /** 404, 410 or 412: the registration has changed or been deleted since it was read. */
  | { readonly kind: "changed"; readonly status: number }
  /** Another 4xx: the hub refuses the request, and a retry does not help. */
  | { readonly kind: "refused"; readonly status: number }
  /** 408, 429, 5xx or no response in time; `retryAfter` is in seconds, if the hub sent one. */
  | { readonly kind: "unavailable"; readonly status?: number; readonly retryAfter?: number };

export type HubResult<T> = { readonly kind: "done"; readonly value: T } | HubFailure;

/**
 * Calls the hub once, without retries. Returns an expected failure as a value.
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
      const retryAfter = Number(error.response?.headers.get("retry-after") ?? Number.NaN);
      return failure(
        missing,
        error.statusCode,
        Number.isFinite(retryAfter) ? retryAfter : undefined,
      );
    }
    // If a 2xx response has malformed XML, the SDK rejects with a value that is not an Error.
    if (!(error instanceof Error) || error.name === "AbortError") return { kind: "unavailable" };
    throw error;
  }
}

function failure(
  missing: "registration" | "hub",
  status: number | undefined,
  retryAfter: number | undefined,
): HubFailure {
  if (status === 401 || status === 403) return { kind: "credentials", status };
  if (status === 404 && missing === "hub") return { kind: "credentials", status };
  if (status === 404 || status === 410 || status === 412) return { kind: "changed", status };
  if (status !== undefined && status >= 400 && status < 500 && status !== 408 && status !== 429) {
    return { kind: "refused", status };
  }
  return {
    kind: "unavailable",
    ...(status !== undefined && { status }),
    ...(retryAfter !== undefined && { retryAfter }),
  };
}
