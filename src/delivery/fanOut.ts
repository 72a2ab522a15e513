import type { Platform } from "../hub/platform.ts";
import type { HubResult } from "../hub/result.ts";
import { userTag } from "../hub/tags.ts";
import type { CircuitBreaker } from "./circuitBreaker.ts";
import type { Intent } from "./intentQueue.ts";
import { type Log, logOutcome, type Outcome } from "./outcomes.ts";
import { payloadFor } from "./payload.ts";
import type { SendToTag } from "./sendToTag.ts";

/**
 * Sends an intent to all of its platforms at the same time.
 *
 * @param deadline the time limit of the sends, in milliseconds
 * @returns the platforms to which the notification has yet to be sent
 */
export type FanOut = (intent: Intent, deadline: number, log: Log) => Promise<Platform[]>;

/** The outcome of a notification for each result of a send. A user without a device is no failure. */
const outcomes: Readonly<Record<HubResult<void>["kind"], Outcome>> = {
  done: "sent",
  // The hub would refuse the same payload again.
  refused: "dropped",
  credentials: "credentials-refused",
  changed: "retry",
  unavailable: "retry",
};

/** Sends to platforms, logs each outcome, and tells the breaker whether all of the sends failed. */
export function createFanOut(sendToTag: SendToTag, breaker: CircuitBreaker): FanOut {
  return async ({ announcement, platforms, attempt }, deadline, log) => {
    const tag = userTag(announcement.userDigest);
    const itemId = announcement.source.rowId;
    const abortSignal = AbortSignal.timeout(deadline);
    const missing: Platform[] = [];
    await Promise.all(
      platforms.map(async (platform) => {
        const began = performance.now();
        const result = await sendToTag(tag, payloadFor(platform, announcement), abortSignal);
        if (result.kind !== "done" && result.kind !== "refused") missing.push(platform);
        const durationMs = Math.round(performance.now() - began);
        const status = result.kind === "done" ? undefined : result.status;
        logOutcome(log, outcomes[result.kind], {
          itemId,
          platform,
          attempt,
          durationMs,
          ...(status !== undefined && { status }),
        });
      }),
    );

    if (missing.length < platforms.length) {
      if (breaker.succeeded()) logOutcome(log, "circuit-closed", {});
    } else if (breaker.failed()) {
      logOutcome(log, "circuit-open", {});
    }
    return missing;
  };
}
