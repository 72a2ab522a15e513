import type { Platform } from "../hub/platform.ts";
import type { Announcement } from "./announcement.ts";
import type { CircuitBreaker } from "./circuitBreaker.ts";
import type { FanOut } from "./fanOut.ts";
import { type Intent, type IntentQueue, type MessageReceipt, newIntent } from "./intentQueue.ts";
import type { Log } from "./outcomes.ts";
import type { Schedule } from "./schedule.ts";

/** How long the sends may take, in milliseconds: an insert waits for them. */
const sendDeadline = 1_500;

/** How long after the intent's beginning a row's insert may begin, in milliseconds. */
const latestInsert = 10_000;

/** What came of writing a row that is to be announced. */
export type Write<Answer> =
  /** The row stands in its table with this intent's id. */
  | { readonly kind: "written"; readonly answer: Answer }
  /** It does not, and will not: there is nothing to announce. */
  | { readonly kind: "notWritten"; readonly answer: Answer }
  /** Nobody knows: redelivery will see. */
  | { readonly kind: "unknown"; readonly answer: Answer };

/**
 * Inserts a row with its intent's id, in one try of at most 5 s.
 *
 * @param latest the time (as of `Date.now`) after which it must not begin
 */
export type WriteRow<Answer> = (intentId: string, latest: number) => Promise<Write<Answer>>;

/**
 * Inserts a row and announces it. Whatever fails in between, a row that stands in its table is announced
 * sooner or later, and one that does not never is.
 *
 * @returns the answer of the write, or `undefined` where the queue is out of reach and nothing was done
 */
export type AnnounceInsert = <Answer>(
  announcement: Announcement,
  writeRow: WriteRow<Answer>,
  log: Log,
) => Promise<Answer | undefined>;

export interface Delivery {
  readonly platforms: readonly Platform[];
  readonly queue: IntentQueue;
  readonly fanOut: FanOut;
  readonly breaker: CircuitBreaker;
  readonly schedule: Schedule;
  /** Where an outcome is told once its invocation has ended. */
  readonly processLog: Log;
}

/** Makes inserts announced: the intent comes first, so that nothing that follows can lose it. */
export function createAnnounceInsert(delivery: Delivery): AnnounceInsert {
  const { platforms, queue, fanOut, breaker, schedule, processLog } = delivery;

  /** Sends what is to be sent, and leaves on the queue what is missing. */
  async function send(intent: Intent, receipt: MessageReceipt, log: Log): Promise<void> {
    const missing = await fanOut(intent, sendDeadline, log);
    if (missing.length === 0) {
      await queue.remove(receipt);
      return;
    }
    // Left as it is, it comes into sight by itself.
    if (missing.length === intent.platforms.length) return;
    const rest = { ...intent, platforms: missing, attempt: 1 };
    const updated = await queue.update(receipt, rest, schedule.retryDelay(rest.attempt));
    if (updated.kind === "gone") await queue.put(rest, schedule.retryDelay(rest.attempt));
  }

  return async (announcement, writeRow, log) => {
    const latest = Date.now() + latestInsert;
    const intent = newIntent(announcement, platforms);
    const put = await queue.put(intent, schedule.initialDelay);
    if (put.kind !== "done") return undefined;

    const write = await writeRow(intent.intentId, latest);
    if (write.kind === "notWritten") await queue.remove(put.receipt);
    if (write.kind === "written") {
      const admission = breaker.admit();
      if (admission === "closed") await send(intent, put.receipt, log);
      if (admission === "probe") {
        send(intent, put.receipt, processLog).catch((error: unknown) =>
          processLog.error("A probe of the hub failed:", error),
        );
      }
    }
    return write.answer;
  };
}
