import { isRestError } from "@azure/notification-hubs";

/** Why the hub did not do what it was asked. None of these carries anything the hub wrote. */
export type HubFailure =
  /** 401 or 403, or there is no such hub: the settings are wrong, or the rights of their key. */
  | { readonly kind: "credentials"; readonly status: number }
  /** 404, 410 or 412: the registration is not what it was when it was read. */
  | { readonly kind: "changed"; readonly status: number }
  /** Another 4xx: the hub will not take this, however often it is asked. */
  | { readonly kind: "refused"; readonly status: number }
  /** 429, 5xx, or no answer in time; `retryAfter` in seconds, where the hub gave one. */
  | { readonly kind: "unavailable"; readonly status?: number; readonly retryAfter?: number };

export type HubResult<T> = { readonly kind: "done"; readonly value: T } | HubFailure;

/**
 * Makes one call to the hub, in one try; an expected failure comes back as a value.
 *
 * @param missing what a 404 means for this call: that the registration is gone, or the hub
 * @param call has to end by itself: it is given a signal, since the SDK waits for ever
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
    // A 2xx answer with malformed XML makes the SDK reject with something that is not an Error.
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
