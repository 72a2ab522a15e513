import type { Platform } from "../hub/platform.ts";
import type { StorageFailure } from "../storage/failure.ts";
import type { MessageReceipt } from "../storage/queue.ts";
import type { Announcement } from "./announcement.ts";
import { type CircuitBreakers, secondsToWait } from "./circuitBreaker.ts";
import type { FanOut, Sends } from "./fanOut.ts";
import { type Intent, newIntent } from "./intent.ts";
import type { IntentQueue } from "./intentQueue.ts";
import type { IsForgotten } from "./isForgotten.ts";
import type { Log } from "./outcomes.ts";
import { missingFrom, type ResultRecorders, recordResults } from "./platformResult.ts";
import { createPoisonIntent } from "./poisonIntent.ts";
import { poisonRefused } from "./poisonRefused.ts";
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
 * that is not in its table is never announced. Once the row is written, no failure of the hub or of the queue
 * changes the result.
 *
 * @returns the `answer` of the write, or why the queue did not take the intent; no row was written then
 */
export type AnnounceInsert = <Answer>(
  announcement: Announcement,
  writeRow: WriteRow<Answer>,
  log: Log,
) => Promise<Answer | StorageFailure>;

export interface Delivery {
  readonly platforms: readonly Platform[];
  readonly queue: IntentQueue;
  readonly isForgotten: IsForgotten;
  readonly fanOut: FanOut;
  readonly recorders: ResultRecorders;
  readonly breakers: CircuitBreakers;
  readonly schedule: Schedule;
  /** The log for outcomes of sends that may outlast their invocation. */
  readonly processLog: Log;
  /** Returns the time in milliseconds since 1970. */
  readonly now: () => number;
}

/** Announces inserts. Puts the intent on the queue first, so that no later failure can lose it. */
export function createAnnounceInsert(delivery: Delivery): AnnounceInsert {
  const { platforms, queue, fanOut, recorders, breakers, schedule, processLog, now } = delivery;
  const poison = createPoisonIntent(queue, delivery.isForgotten);

  return async (announcement, writeRow, log) => {
    const began = now();
    const intent = newIntent(announcement, platforms, began);
    const put = await queue.put(intent, schedule.initialDelay);
    if (put.kind !== "done") return put;

    const write = await writeRow(intent.intentId, began + latestInsert);
    if (write.kind === "notWritten") await safely(log, () => queue.remove(put.receipt));
    if (write.kind === "written") await safely(log, () => announce(intent, put.receipt, log));
    return write.answer;
  };

  /** Sends to the platforms that work, and waits for them. Probes the others behind the response. */
  async function announce(intent: Intent, receipt: MessageReceipt, log: Log): Promise<void> {
    const admitted = platforms.map((platform) => ({
      platform,
      admission: breakers[platform].admit(),
    }));
    const having = (wanted: string) =>
      admitted.filter(({ admission }) => admission === wanted).map(({ platform }) => platform);
    const [working, probed] = [having("closed"), having("probe")];
    const probes = fanOut(intent, probed, sendDeadline, processLog);
    const sends = await fanOut(intent, working, sendDeadline, log);
    if (probed.length === 0) return settle(intent, receipt, [sends]);
    // Once for all sends, because an update invalidates the receipt.
    void safely(processLog, async () => settle(intent, receipt, [sends, await probes]));
  }

  /** Removes the intent if nothing is missing, or leaves it on the queue for the platforms that are. */
  async function settle(
    intent: Intent,
    receipt: MessageReceipt,
    sends: readonly Sends[],
  ): Promise<void> {
    const refused = sends.flatMap((one) => one.refused);
    const results = [
      ...sends.flatMap((one) => one.sent),
      ...(await poisonRefused(poison, intent, refused)),
    ];
    const { source } = intent.announcement;
    const missing = missingFrom(results, intent.platforms);
    if (missing.length === 0) {
      const recorded = await recordResults(recorders, source, results);
      if (recorded.kind === "done") {
        await queue.remove(receipt);
        return;
      }
    }
    // The unchanged message becomes visible by itself.
    if (results.length === 0) return;
    const tried = sends.flatMap((one) => [...one.refused, ...one.failed]);
    const attempt = tried.some((platform) => missing.includes(platform)) ? 1 : 0;
    const kept = recorders.has(source.table) ? results : [];
    const rest = { ...intent, platforms: missing, attempt, results: kept };
    const delay = secondsToWait(breakers, missing, schedule.retryDelay(attempt));
    const updated = await queue.update(receipt, rest, delay);
    if (updated.kind === "gone") await queue.put(rest, delay);
  }
}

/** Logs an exception. What it interrupted is left to redelivery. */
async function safely(log: Log, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const name = error instanceof Error ? error.name : typeof error;
    log.error(`Announcing an insert was interrupted (${name}). Redelivery finishes it.`);
  }
}
