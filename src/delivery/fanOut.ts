import { withDeadline } from "../http/deadline.ts";
import type { HubFailure, HubResult } from "../hub/result.ts";
import type { Platform } from "../platforms/platforms.ts";
import { replacementKey } from "./announcement.ts";
import type { Bulkhead } from "./bulkhead.ts";
import type { CircuitBreakers } from "./circuitBreaker.ts";
import { createInOrder } from "./inOrder.ts";
import type { Intent } from "./intent.ts";
import { type Log, logOutcome, type Outcome } from "./outcomes.ts";
import { type PayloadTerms, payloadsFor } from "./payload.ts";
import type { PlatformResult } from "./platformResult.ts";
import type { Accepted, SendToAudience } from "./sendToAudience.ts";

/** The results of the sends of one intent. */
export interface Sends {
  readonly kind: "sends";
  /** The sends that succeeded. */
  readonly sent: readonly PlatformResult[];
  /** The platforms for which the hub refuses the payload: a retry does not help. */
  readonly refused: readonly Platform[];
  /** The platforms whose send failed for any other reason. */
  readonly failed: readonly Platform[];
}

/** Nothing was sent: no place was free (`full`), or the time in which sends may begin is over (`late`). */
export interface NotBegun {
  readonly kind: "full" | "late";
}

/** When and where the sends of an intent may begin, and when they have to end. */
export interface SendTerms {
  /** Whether sends wait for places. */
  readonly waits: boolean;
  /**
   * Returns the milliseconds that sends may take if they begin now; 0 if they may not begin any more. No send takes longer
   * than {@link longestSend}.
   */
  readonly left: () => number;
  /** Returns the platforms to send to, whose breakers admit it. */
  readonly admitted: () => readonly Platform[];
}

/** The longest time of a send, in milliseconds. It begins when the send has a place. */
const longestSend = 10_000;

/**
 * Sends an intent to platforms at the same time. Never rejects. Sends with one replacement key leave the process in the
 * order of the calls.
 */
export type FanOut = (intent: Intent, terms: SendTerms, log: Log) => Promise<Sends | NotBegun>;

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
  bulkhead: Bulkhead,
  payloadTerms: PayloadTerms,
  now: () => number,
): FanOut {
  const inOrder = createInOrder();
  return (intent, terms, log) =>
    inOrder(replacementKey(intent.announcement), async () => {
      if (terms.left() <= 0) return { kind: "late" };
      const places = intent.platforms.length;
      if (terms.waits) await bulkhead.take(places);
      else if (!bulkhead.tryTake(places)) return { kind: "full" };
      const left = terms.left();
      const admitted = left > 0 ? terms.admitted() : [];
      bulkhead.release(places - admitted.length);
      return left > 0
        ? sendAll(intent, admitted, Math.min(left, longestSend), log)
        : { kind: "late" };
    });

  /** Sends, and releases the place of each platform when its send has ended. */
  async function sendAll(
    intent: Intent,
    admitted: readonly Platform[],
    deadline: number,
    log: Log,
  ): Promise<Sends> {
    const began = performance.now();
    const results = await withDeadline(deadline, (abortSignal) =>
      Promise.all(
        admitted.map(async (platform) => {
          try {
            return { platform, result: await send(intent, platform, abortSignal, log) };
          } finally {
            bulkhead.release(1);
          }
        }),
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
      kind: "sends",
      sent,
      refused: of("refused"),
      failed: of("credentials", "gone", "changed", "unavailable"),
    };
  }

  /** Turns an exception, which is a bug, into a failure: it must not keep an intent from being settled. */
  async function callSend(
    platform: Platform,
    { announcement, createdAt }: Intent,
    abortSignal: AbortSignal,
  ): Promise<HubResult<Accepted>> {
    try {
      const { audience } = announcement;
      const times = { createdAt: Date.parse(createdAt), now: now() };
      const { notification, besides } = payloadsFor(platform, announcement, payloadTerms, times);
      const result = await sendToAudience(audience, notification, abortSignal);
      // Its failure repeats no notification, and is the hub's to tell: the next notification has a badge of its own.
      if (besides && result.kind === "done") await sendToAudience(audience, besides, abortSignal);
      return result;
    } catch (error) {
      return { kind: "unavailable", error: error instanceof Error ? error.name : typeof error };
    }
  }

  async function send(
    intent: Intent,
    platform: Platform,
    abortSignal: AbortSignal,
    log: Log,
  ): Promise<HubResult<Accepted>> {
    const { announcement, attempt } = intent;
    const began = performance.now();
    const result = await callSend(platform, intent, abortSignal);
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

    const breaker = breakers(platform);
    if (result.kind === "done" || result.kind === "refused") {
      if (breaker.succeeded()) logOutcome(log, "circuit-closed", { platform });
    } else {
      const retryAfter = "retryAfter" in result ? result.retryAfter : undefined;
      if (breaker.failed(retryAfter)) logOutcome(log, "circuit-open", { platform });
    }
    return result;
  }
}
