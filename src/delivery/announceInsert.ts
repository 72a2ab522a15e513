import type { Platform } from "../platforms/platforms.ts";
import type { StorageFailure } from "../storage/failure.ts";
import type { MessageReceipt } from "../storage/queue.ts";
import type { Announcement } from "./announcement.ts";
import type { BehindAnswers } from "./behindAnswers.ts";
import { type CircuitBreakers, secondsToWait } from "./circuitBreaker.ts";
import type { FanOut, Sends } from "./fanOut.ts";
import { type Intent, newIntent } from "./intent.ts";
import type { IntentQueue } from "./intentQueue.ts";
import type { IsForgotten } from "./isForgotten.ts";
import { type IsNewest, mayReplace } from "./isNewest.ts";
import { type Log, logBehind, logOutcome, type ProcessLog } from "./outcomes.ts";
import { missingFrom, type ResultRecorders, recordResults } from "./platformResult.ts";
import { createPoisonIntent } from "./poisonIntent.ts";
import { poisonRefused } from "./poisonRefused.ts";
import type { Schedule } from "./schedule.ts";
import type { SendSwitch } from "./sendSwitch.ts";

/** The shortest time for which sends are begun, in milliseconds, or a quarter of the hiding if that is shorter. */
const shortestSend = 1_000;

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
 * Inserts a row and announces it. The answer comes when the intent is on the queue and the row in its table; the sends go on
 * behind it. If a step fails, redelivery tries to announce the row for 24 hours. A row that is not in its table is never
 * announced. Once the row is written, no failure of the hub or of the queue changes the result.
 *
 * Announcements with one replacement key leave the process in the order of their answers.
 *
 * @param invocationId of the call, for the lines that are logged behind its answer
 * @returns the `answer` of the write, or why the queue did not take the intent; no row was written then
 */
export type AnnounceInsert = <Answer>(
  announcement: Announcement,
  writeRow: WriteRow<Answer>,
  invocationId: string,
) => Promise<Answer | StorageFailure>;

export interface Delivery {
  readonly platforms: readonly Platform[];
  readonly queue: IntentQueue;
  readonly isForgotten: IsForgotten;
  readonly fanOut: FanOut;
  readonly recorders: ResultRecorders;
  readonly isNewest: IsNewest;
  readonly breakers: CircuitBreakers;
  readonly sendSwitch: SendSwitch;
  readonly schedule: Schedule;
  readonly behindAnswers: BehindAnswers;
  /** The log of the process: an invocation's own takes no lines any more once it has its answer. */
  readonly processLog: ProcessLog;
  /** Returns the time in milliseconds since 1970. */
  readonly now: () => number;
}

/** Announces inserts. Puts the intent on the queue first, so that no later failure can lose it. */
export function createAnnounceInsert(delivery: Delivery): AnnounceInsert {
  const { platforms, queue, fanOut, recorders, breakers, sendSwitch } = delivery;
  const { isNewest, schedule, behindAnswers, now } = delivery;
  const poison = createPoisonIntent(queue, delivery.isForgotten);

  return async (announcement, writeRow, invocationId) => {
    const began = now();
    const intent = newIntent(announcement, platforms, began);
    const put = await queue.put(intent, schedule.initialDelay);
    if (put.kind !== "done") return put;

    const write = await writeRow(intent.intentId, began + latestInsert);
    const log = logBehind(delivery.processLog, invocationId);
    const behind = (work: () => Promise<unknown>) =>
      behindAnswers.begin(announcement, () => safely(log, work));
    if (write.kind === "notWritten") behind(() => queue.remove(put.receipt));
    if (write.kind === "written") {
      behind(() => announce(intent, put.receipt, began + schedule.sendsEnd, log));
    }
    return write.answer;
  };

  /** @param end the time (as of `now`) when sends have to end: the intent becomes visible soon after */
  async function announce(
    intent: Intent,
    receipt: MessageReceipt,
    end: number,
    log: Log,
  ): Promise<void> {
    const left = () => {
      const time = end - now();
      const shortest = Math.min(shortestSend, schedule.sendsEnd / 3);
      return behindAnswers.isDraining() || time < shortest ? 0 : time;
    };
    await sendSwitch.ready();
    const replacing = await mayReplace(isNewest, intent.announcement, intent);
    // Redelivery looks again.
    if (replacing.kind !== "done" || !replacing.value) return;
    // While sending is off, the message becomes visible by itself.
    const admitted = () =>
      sendSwitch.isOff()
        ? []
        : intent.platforms.filter((platform) => breakers(platform).admit() !== "open");
    const sends = await fanOut(intent, { waits: false, left, admitted }, log);
    switch (sends.kind) {
      case "sends":
        return settle(intent, receipt, sends);
      case "full":
        logOutcome(log, "overflowed", { itemId: intent.announcement.source.rowId });
        // Visible at once, for whatever process has room.
        await queue.update(receipt, intent, 0);
        return;
      case "late":
        // The message becomes visible by itself.
        return;
    }
  }

  /** Removes the intent if nothing is missing, or leaves it on the queue for the platforms that are. */
  async function settle(intent: Intent, receipt: MessageReceipt, sends: Sends): Promise<void> {
    const results = [...sends.sent, ...(await poisonRefused(poison, intent, sends.refused))];
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
    const tried = [...sends.refused, ...sends.failed];
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
    logOutcome(log, "interrupted", { error: error instanceof Error ? error.name : typeof error });
  }
}
