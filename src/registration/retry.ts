import { setTimeout as wait } from "node:timers/promises";
import type { HubFailure, HubResult } from "../hub/result.ts";

/** The time limit of all calls to the hub for one request, in milliseconds. */
const deadline = 10_000;

/** The upper limits of the first and of every random pause after a transient failure, in milliseconds. */
const firstPause = 50;
const longestPause = 1_000;

/** A monotonic clock. Times are in milliseconds. */
export interface Clock {
  now(): number;
  wait(milliseconds: number): Promise<unknown>;
}

export const realClock: Clock = { now: () => performance.now(), wait };

/** The outcome of a round: a result, or `retry` if there is more to do. */
type Round<T> = HubResult<T> | { readonly kind: "retry" };

/**
 * Repeats a round of calls to the hub while registrations change concurrently or the hub is unavailable,
 * for 10 s in all. A pause is random, so that competing requests separate, and at least as long as the hub
 * asks for.
 *
 * @returns the failure of the last round if the time is too short
 */
export async function retry<T>(
  round: (signal: AbortSignal) => Promise<Round<T>>,
  clock: Clock,
): Promise<HubResult<T>> {
  const end = clock.now() + deadline;
  const signal = AbortSignal.timeout(deadline);
  for (let failures = 0; ; ) {
    const result = await round(signal);
    if (result.kind === "retry") continue;
    if (result.kind === "done" || result.kind === "refused" || result.kind === "credentials") {
      return result;
    }
    const pause = pauseAfter(result, failures++);
    if (clock.now() + pause >= end) return result;
    await clock.wait(pause);
  }
}

function pauseAfter(failure: HubFailure, failures: number): number {
  const backoff = Math.random() * Math.min(firstPause * 2 ** failures, longestPause);
  const asked = failure.kind === "unavailable" ? (failure.retryAfter ?? 0) * 1000 : 0;
  return asked + backoff;
}
