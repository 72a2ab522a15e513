import type { Platform } from "../platforms/platforms.ts";
import type { StorageFailure } from "../storage/failure.ts";
import type { Source } from "./announcement.ts";
import { admitEarly, type CircuitBreakers, secondsToWait } from "./circuitBreaker.ts";
import type { FanOut } from "./fanOut.ts";
import { type Intent, readIntent } from "./intent.ts";
import type { IntentQueue } from "./intentQueue.ts";
import type { IsForgotten } from "./isForgotten.ts";
import { type IsNewest, mayReplace } from "./isNewest.ts";
import { type Log, logOutcome } from "./outcomes.ts";
import { isTimeOver } from "./payload.ts";
import { missingFrom, type ResultRecorders, recordResults } from "./platformResult.ts";
import { createPoisonIntent } from "./poisonIntent.ts";
import { poisonRefused } from "./poisonRefused.ts";
import { createReschedule, type ReceivedMessage } from "./reschedule.ts";
import { longestLife, type Schedule } from "./schedule.ts";
import type { SendSwitch } from "./sendSwitch.ts";

/** Reads the id of the intent that a row was inserted with. */
export type IntentOfRow = (
  source: Source,
) => Promise<
  | { readonly kind: "found"; readonly intentId: string | undefined }
  | { readonly kind: "absent" }
  | StorageFailure
>;

/**
 * Delivers an intent that an insert left on the queue. Returns when the message is finished or postponed.
 * Updating a message invalidates the host's receipt, so the host's deletion fails; the host ignores that.
 *
 * @throws if the message could not be postponed and nothing was sent: the host shows the message again
 */
export type Redeliver = (message: ReceivedMessage, log: Log) => Promise<void>;

export interface Redelivery {
  readonly queue: IntentQueue;
  readonly intentOfRow: IntentOfRow;
  readonly isForgotten: IsForgotten;
  readonly fanOut: FanOut;
  readonly recorders: ResultRecorders;
  readonly isNewest: IsNewest;
  readonly breakers: CircuitBreakers;
  readonly sendSwitch: SendSwitch;
  readonly schedule: Schedule;
  /** Returns the time in milliseconds since 1970. */
  readonly now: () => number;
}

export function createRedeliver(redelivery: Redelivery): Redeliver {
  const { queue, intentOfRow, isForgotten, isNewest, fanOut, recorders } = redelivery;
  const { breakers, sendSwitch, schedule, now } = redelivery;
  const poison = createPoisonIntent(queue, isForgotten);
  const reschedule = createReschedule(queue, now);

  return async (message, log) => {
    const reading = readIntent(message.content);
    if (reading.kind === "unreadable") {
      await giveUp(() => queue.poison("unreadable", message.content));
      logOutcome(log, "poisoned", { reason: "unreadable" });
      return;
    }
    const age = now() - Date.parse(reading.intent.createdAt);
    const isExpired = age > longestLife;
    if (reading.kind === "newer") {
      if (isExpired) {
        await giveUp(() => queue.poison("expired", message.content));
        return logOutcome(log, "expired", {});
      }
      logOutcome(log, "postponed", { reason: `version ${reading.intent.version}` });
      const delay = schedule.postponement(message.dequeueCount - 1);
      return reschedule(message, reading.intent, delay);
    }

    let { intent } = reading;
    const times = { createdAt: Date.parse(intent.createdAt), now: now() };
    const isOver = isExpired || isTimeOver(intent.announcement, times);
    await sendSwitch.ready();
    if (!isOver && intent.platforms.length > 0 && sendSwitch.isOff()) {
      logOutcome(log, "postponed", { ...detailsOf(intent), reason: "sending is switched off" });
      const delay = schedule.postponementWhileOff(intent.postponements);
      return reschedule(message, { ...intent, postponements: intent.postponements + 1 }, delay);
    }
    const admitted = admitEarly(breakers, isOver ? [] : intent.platforms);
    // Nothing is read of what could not be sent now, because a backlog must leave storage to inserts.
    if (!isOver && intent.platforms.length > 0 && admitted().length === 0) {
      return postpone(message, intent);
    }
    // The age was taken before the row is read: a row that is missing after the grace period never appears.
    const row = await intentOfRow(intent.announcement.source);
    // Nothing of it stays on the poison queue, because its user may have been forgotten.
    if (row.kind === "absent" && age >= schedule.rowGracePeriod) {
      return logOutcome(log, "dropped", { ...detailsOf(intent), reason: "no row" });
    }
    if (row.kind === "found" && row.intentId !== intent.intentId) {
      const reason = "the row of another insert";
      return logOutcome(log, "dropped", { ...detailsOf(intent), reason });
    }
    if (row.kind === "found" && intent.platforms.length > 0) {
      const forgotten = await isOfForgottenUser(intent);
      if (forgotten.kind !== "done") {
        logOutcome(log, "postponed", { ...detailsOf(intent), reason: "the table is unreachable" });
        return postpone(message, intent);
      }
      if (forgotten.value) {
        logOutcome(log, "dropped", { ...detailsOf(intent), reason: "its user is forgotten" });
        return record(message, endedOf(intent, "expired"), log);
      }
      if (isOver && !isExpired) {
        // As its sender wished: it is no failure for an operator to look at.
        logOutcome(log, "dropped", { ...detailsOf(intent), reason: "its time is over" });
        return record(message, endedOf(intent, "expired"), log);
      }
      const replacing = await mayReplace(isNewest, intent.announcement, intent);
      if (replacing.kind !== "done") {
        logOutcome(log, "postponed", { ...detailsOf(intent), reason: "the table is unreachable" });
        return postpone(message, intent);
      }
      if (!replacing.value) {
        logOutcome(log, "dropped", { ...detailsOf(intent), reason: "a later one took its place" });
        return record(message, endedOf(intent, "replaced"), log);
      }
    }
    // What is sent, and has only to be recorded, does not expire.
    if (isExpired && intent.platforms.length > 0) {
      const expired = intent;
      await giveUp(() => poison("expired", expired));
      logOutcome(log, "expired", detailsOf(intent));
      if (!recorders.has(tableOf(intent))) return;
      intent = endedOf(intent, "expired");
    }
    switch (row.kind) {
      case "unavailable":
        logOutcome(log, "postponed", { ...detailsOf(intent), reason: "the table is unreachable" });
        return postpone(message, intent, isExpired);
      case "refused":
        logOutcome(log, "credentials-refused", { ...detailsOf(intent), reason: "storage" });
        return postpone(message, intent, isExpired);
      case "absent":
        return reschedule(message, intent, schedule.rowRecheck);
      case "found":
        return deliver(message, intent, admitted, log);
    }
  };

  /**
   * Returns whether an intent is to a user who was forgotten since, although its row is there: a message, or a row of the
   * user's that storage wrote late.
   */
  async function isOfForgottenUser({ announcement, createdAt }: Intent): ReturnType<IsForgotten> {
    const { audience } = announcement;
    return audience.kind === "user"
      ? isForgotten(audience.digest, Date.parse(createdAt))
      : { kind: "done", value: false };
  }

  /** Sends to the platforms whose breaker admits it, and reschedules the message for the rest. */
  async function deliver(
    message: ReceivedMessage,
    intent: Intent,
    admitted: () => readonly Platform[],
    log: Log,
  ): Promise<void> {
    if (intent.platforms.length === 0) return record(message, intent, log);
    // The host holds the message as long as it takes.
    const sends = await fanOut(
      intent,
      {
        waits: true,
        left: () => Number.POSITIVE_INFINITY,
        // It may have waited for places since.
        admitted: () => (sendSwitch.isOff() ? [] : admitted()),
      },
      log,
    );
    if (sends.kind !== "sends") return postpone(message, intent);
    const { sent, refused, failed } = sends;
    const tried = [...refused, ...failed];
    if (sent.length + tried.length === 0) return postpone(message, intent);

    const finished = [...sent, ...(await poisonRefused(poison, intent, refused))];
    const isWanted = recorders.has(tableOf(intent));
    const results = isWanted ? [...intent.results, ...finished] : [];
    const missing = missingFrom(finished, intent.platforms);
    const rest = { ...intent, platforms: missing, postponements: 0, results };
    if (missing.length === 0) return record(message, rest, log);
    const triedInVain = tried.some((platform) => missing.includes(platform));
    const attempt = intent.attempt + (triedInVain ? 1 : 0);
    const delay = secondsToWait(breakers, missing, schedule.retryDelay(attempt));
    await reschedule(message, { ...rest, attempt }, delay, finished.length > 0);
  }

  /** Records the results of an intent that is sent. If that fails, keeps them in the message, so that nothing is sent again. */
  async function record(message: ReceivedMessage, intent: Intent, log: Log): Promise<void> {
    const { source } = intent.announcement;
    const recorded = await recordResults(recorders, source, intent.results);
    if (recorded.kind === "done") return;
    logOutcome(log, "postponed", { ...detailsOf(intent), reason: "its results are not recorded" });
    const postponed = { ...intent, postponements: intent.postponements + 1 };
    await reschedule(message, postponed, schedule.postponement(intent.postponements), true);
  }

  /**
   * Reschedules a message for which no send was tried. It counts no attempt.
   *
   * @param isExpired whether it is on the poison queue already
   */
  function postpone(message: ReceivedMessage, intent: Intent, isExpired = false): Promise<void> {
    const usual = schedule.postponement(intent.postponements);
    // A hub that asks for some seconds again and again does not bring everything that waits back after them.
    const delay = Math.max(secondsToWait(breakers, intent.platforms, usual), usual);
    const postponed = { ...intent, postponements: intent.postponements + 1 };
    return reschedule(message, postponed, delay, isExpired);
  }

  async function giveUp(poisoning: () => Promise<{ readonly kind: string }>): Promise<void> {
    const { kind } = await poisoning();
    if (kind !== "done") throw new Error("The poison queue is unreachable.");
  }
}

function tableOf({ announcement }: Intent): string {
  return announcement.source.table;
}

/** Returns what is left of an intent that will not be sent: its results have yet to be recorded. */
function endedOf(intent: Intent, kind: "expired" | "replaced"): Intent {
  const ended = intent.platforms.map((platform) => ({ platform, kind }));
  return { ...intent, platforms: [], results: [...intent.results, ...ended] };
}

function detailsOf({ announcement, attempt }: Intent): { itemId: string; attempt: number } {
  return { itemId: announcement.source.rowId, attempt };
}
