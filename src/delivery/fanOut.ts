import type { Platform } from "../hub/platform.ts";
import type { HubResult } from "../hub/result.ts";
import { userTag } from "../hub/tags.ts";
import type { Announcement } from "./announcement.ts";
import type { CircuitBreakers } from "./circuitBreaker.ts";
import type { Intent } from "./intentQueue.ts";
import { type Log, logOutcome, type Outcome } from "./outcomes.ts";
import { payloadFor } from "./payload.ts";
import type { SendToTag } from "./sendToTag.ts";

/** The results of the sends of one intent. */
export interface Sends {
  /** The platforms whose send succeeded. */
  readonly sent: readonly Platform[];
  /** The platforms for which the hub refuses the payload: a retry does not help. */
  readonly refused: readonly Platform[];
  /** The platforms whose send failed for any other reason. */
  readonly failed: readonly Platform[];
}

/**
 * Sends an intent to platforms at the same time. Never rejects.
 *
 * @param deadline the time limit of the sends, in milliseconds
 */
export type FanOut = (
  intent: Intent,
  platforms: readonly Platform[],
  deadline: number,
  log: Log,
) => Promise<Sends>;

/** The outcome of a notification for each result of a send. A user without a device is no failure. */
const outcomes: Readonly<Record<HubResult<void>["kind"], Outcome>> = {
  done: "sent",
  refused: "dropped",
  credentials: "credentials-refused",
  gone: "retry",
  changed: "retry",
  unavailable: "retry",
};

/** Sends to platforms, logs each outcome, and tells the platform's breaker whether the send failed. */
export function createFanOut(sendToTag: SendToTag, breakers: CircuitBreakers): FanOut {
  return async (intent, platforms, deadline, log) => {
    if (platforms.length === 0) return { sent: [], refused: [], failed: [] };
    const abortSignal = AbortSignal.timeout(deadline);
    const results = await Promise.all(
      platforms.map(async (platform) => ({
        platform,
        kind: await send(intent, platform, abortSignal, log),
      })),
    );
    const of = (...kinds: HubResult<void>["kind"][]) =>
      results.filter(({ kind }) => kinds.includes(kind)).map(({ platform }) => platform);
    return {
      sent: of("done"),
      refused: of("refused"),
      failed: of("credentials", "gone", "changed", "unavailable"),
    };
  };

  /** Turns an exception, which is a bug, into a failure: it must not fail an insert whose row is stored. */
  async function callSend(
    platform: Platform,
    announcement: Announcement,
    abortSignal: AbortSignal,
  ): Promise<HubResult<void>> {
    try {
      const payload = payloadFor(platform, announcement);
      return await sendToTag(userTag(announcement.userDigest), payload, abortSignal);
    } catch (error) {
      return { kind: "unavailable", error: error instanceof Error ? error.name : typeof error };
    }
  }

  async function send(
    { announcement, attempt }: Intent,
    platform: Platform,
    abortSignal: AbortSignal,
    log: Log,
  ): Promise<HubResult<void>["kind"]> {
    const began = performance.now();
    const result = await callSend(platform, announcement, abortSignal);
    const details = {
      itemId: announcement.source.rowId,
      platform,
      attempt,
      durationMs: Math.round(performance.now() - began),
    };
    logOutcome(log, outcomes[result.kind], {
      ...details,
      ...("status" in result && result.status !== undefined && { status: result.status }),
      ...("error" in result && result.error !== undefined && { error: result.error }),
    });

    const breaker = breakers[platform];
    if (result.kind === "done" || result.kind === "refused") {
      if (breaker.succeeded()) logOutcome(log, "circuit-closed", { platform });
    } else {
      const retryAfter = "retryAfter" in result ? result.retryAfter : undefined;
      if (breaker.failed(retryAfter)) logOutcome(log, "circuit-open", { platform });
    }
    return result.kind;
  }
}
