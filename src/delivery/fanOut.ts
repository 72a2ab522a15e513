import { withDeadline } from "../http/deadline.ts";
import type { Platform } from "../hub/platform.ts";
import type { HubFailure, HubResult } from "../hub/result.ts";
import type { Announcement } from "./announcement.ts";
import type { CircuitBreakers } from "./circuitBreaker.ts";
import type { Intent } from "./intent.ts";
import { type Log, logOutcome, type Outcome } from "./outcomes.ts";
import { type PayloadSettings, payloadFor } from "./payload.ts";
import type { PlatformResult } from "./platformResult.ts";
import type { Accepted, SendToAudience } from "./sendToAudience.ts";

/** The results of the sends of one intent. */
export interface Sends {
  /** The sends that succeeded. */
  readonly sent: readonly PlatformResult[];
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

/** The outcome of a notification for each way in which a send fails. A user without a device is no failure. */
const failures: Readonly<Record<HubFailure["kind"], Outcome>> = {
  refused: "dropped",
  credentials: "credentials-refused",
  gone: "retry",
  changed: "retry",
  unavailable: "retry",
};

/** Sends to platforms, logs the outcomes, and tells each platform's breaker whether its send failed. */
export function createFanOut(
  sendToAudience: SendToAudience,
  breakers: CircuitBreakers,
  settings?: PayloadSettings,
): FanOut {
  return async (intent, platforms, deadline, log) => {
    if (platforms.length === 0) return { sent: [], refused: [], failed: [] };
    const began = performance.now();
    const results = await withDeadline(deadline, (abortSignal) =>
      Promise.all(
        platforms.map(async (platform) => ({
          platform,
          result: await send(intent, platform, abortSignal, log),
        })),
      ),
    );
    const of = (...kinds: HubFailure["kind"][]) =>
      results.flatMap(({ platform, result: { kind } }) =>
        kind !== "done" && kinds.includes(kind) ? [platform] : [],
      );
    const sent = results.flatMap(({ platform, result }) =>
      result.kind === "done" ? [{ platform, kind: "sent", ...result.value } as const] : [],
    );
    // One line for all platforms, because each line is billed.
    if (sent.length > 0) {
      logOutcome(log, "accepted", {
        itemId: intent.announcement.source.rowId,
        platforms: sent.map(({ platform }) => platform),
        attempt: intent.attempt,
        durationMs: Math.round(performance.now() - began),
      });
    }
    return {
      sent,
      refused: of("refused"),
      failed: of("credentials", "gone", "changed", "unavailable"),
    };
  };

  /** Turns an exception, which is a bug, into a failure: it must not fail an insert whose row is stored. */
  async function callSend(
    platform: Platform,
    announcement: Announcement,
    abortSignal: AbortSignal,
  ): Promise<HubResult<Accepted>> {
    try {
      const payload = payloadFor(platform, announcement, settings);
      return await sendToAudience(announcement.audience, payload, abortSignal);
    } catch (error) {
      return { kind: "unavailable", error: error instanceof Error ? error.name : typeof error };
    }
  }

  async function send(
    { announcement, attempt }: Intent,
    platform: Platform,
    abortSignal: AbortSignal,
    log: Log,
  ): Promise<HubResult<Accepted>> {
    const began = performance.now();
    const result = await callSend(platform, announcement, abortSignal);
    if (result.kind !== "done") {
      logOutcome(log, failures[result.kind], {
        itemId: announcement.source.rowId,
        platform,
        attempt,
        durationMs: Math.round(performance.now() - began),
        ...(result.status !== undefined && { status: result.status }),
        ...("error" in result && result.error !== undefined && { error: result.error }),
      });
    }

    const breaker = breakers[platform];
    if (result.kind === "done" || result.kind === "refused") {
      if (breaker.succeeded()) logOutcome(log, "circuit-closed", { platform });
    } else {
      const retryAfter = "retryAfter" in result ? result.retryAfter : undefined;
      if (breaker.failed(retryAfter)) logOutcome(log, "circuit-open", { platform });
    }
    return result;
  }
}
