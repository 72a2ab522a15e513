import type { Platform } from "../hub/platform.ts";
import type { Announcement } from "./announcement.ts";
import type { CircuitBreaker } from "./circuitBreaker.ts";
import type { FanOut } from "./fanOut.ts";
import { type Intent, type IntentQueue, type MessageReceipt, newIntent } from "./intentQueue.ts";
import type { Log } from "./outcomes.ts";
import type { Schedule } from "./schedule.ts";

/** The time limit of the sends, in milliseconds. An insert waits for them. */
const sendDeadline = 1_500;

/** How long after the intent's creation the insert of the row may begin, in milliseconds. */
const latestInsert = 10_000;

/** The outcome of writing a row that is to be announced. */
export type Write<Answer> =
  /** The row is in its table, with this intent's id. */
  | { readonly kind: "written"; readonly answer: Answer }
  /** No row with this intent's id is or will be in the table: there is nothing to announce. */
  | { readonly kind: "notWritten"; readonly answer: Answer }
  /** It is unknown whether the row was written. Redelivery checks it. */
  | { readonly kind: "unknown"; readonly answer: Answer };

/**
 * Inserts a row with its intent's id. The insert takes at most 5 s.
 *
 * @param latest the time (as of `Date.now`) after which the insert must not begin
 */
export type WriteRow<Answer> = (intentId: string, latest: number) => Promise<Write<Answer>>;

/**
 * Inserts a row and announces it. If a step fails, redelivery tries to announce the row for 24 hours. A row
 * that is not in its table is never announced.
 *
 * @returns the `answer` of the write, or `undefined` if the queue is unreachable and no row was written
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
  /** The log for outcomes of sends that may outlast their invocation. */
  readonly processLog: Log;
}

/** Announces inserts. Puts the intent on the queue first, so that no later failure can lose it. */
export function createAnnounceInsert(delivery: Delivery): AnnounceInsert {
  const { platforms, queue, fanOut, breaker, schedule, processLog } = delivery;

  /** Sends an intent. Leaves it on the queue for the platforms to which sending failed. */
  async function send(intent: Intent, receipt: MessageReceipt, log: Log): Promise<void> {
    const missing = await fanOut(intent, sendDeadline, log);
    if (missing.length === 0) {
      await queue.remove(receipt);
      return;
    }
    // The unchanged message becomes visible by itself.
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
