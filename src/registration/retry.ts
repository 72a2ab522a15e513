import { setTimeout as wait } from "node:timers/promises";
import type { HubFailure, HubResult } from "../hub/result.ts";

/** How long a request may take at the hub, in milliseconds. */
const deadline = 10_000;

/** The first and the longest pause after a failure that passes, in milliseconds. */
const firstPause = 50;
const longestPause = 1_000;

/** What a round came to: a result, or that there is more to do. */
type Round<T> = HubResult<T> | { readonly kind: "retry" };

/**
 * Goes through a round of calls to the hub again for as long as what it finds changes under its hands
 * or the hub is busy, for 10 s in all. A pause is random, so that rivals part, and at least as long as
 * the hub asks for.
 *
 * @returns the last round's failure where the time does not suffice
 */
export async function retry<T>(
  round: (signal: AbortSignal) => Promise<Round<T>>,
): Promise<HubResult<T>> {
  const end = performance.now() + deadline;
  const signal = AbortSignal.timeout(deadline);
  for (let failures = 0; ; ) {
    const result = await round(signal);
    if (result.kind === "retry") continue;
    if (result.kind !== "changed" && result.kind !== "unavailable") return result;
    const pause = pauseAfter(result, failures++);
    if (performance.now() + pause >= end) return result;
    await wait(pause);
  }
}

function pauseAfter(failure: HubFailure, failures: number): number {
  const backoff = Math.random() * Math.min(firstPause * 2 ** failures, longestPause);
  const asked = failure.kind === "unavailable" ? (failure.retryAfter ?? 0) * 1000 : 0;
  return asked + backoff;
}
