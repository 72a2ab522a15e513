import type { Source } from "./announcement.ts";
import type { CircuitBreaker } from "./circuitBreaker.ts";
import type { FanOut } from "./fanOut.ts";
import {
  ageOf,
  type Intent,
  type IntentQueue,
  type MessageReceipt,
  readIntent,
} from "./intentQueue.ts";
import { type Log, logOutcome } from "./outcomes.ts";
import { longestLife, type Schedule } from "./schedule.ts";

/** How long the sends of a redelivery may take, in milliseconds. */
const sendDeadline = 10_000;

/**
 * How often a message may come before it is put anew, which starts its count again: the host counts
 * every time it comes, also while the hub is down, and gives it up after `maxDequeueCount` of host.json.
 */
const mostDequeues = 50;

/** A message that the queue's trigger got. */
export interface ReceivedMessage extends MessageReceipt {
  /** The text of the message, read as JSON where it is. */
  readonly content: unknown;
  readonly dequeueCount: number;
}

/** What redelivery needs of the tables: the id of the intent that a row was inserted with. */
export type IntentOfRow = (
  source: Source,
) => Promise<
  | { readonly kind: "found"; readonly intentId: string | undefined }
  | { readonly kind: "absent" }
  | { readonly kind: "unavailable" }
>;

/**
 * Delivers what an insert left on the queue. It returns when the message is done with, or has been put
 * off in place: the host's deletion then meets a receipt that is no longer good, which it ignores.
 *
 * @throws where storage is out of reach: the host shows the message again
 */
export type Redeliver = (message: ReceivedMessage, log: Log) => Promise<void>;

export interface Redelivery {
  readonly queue: IntentQueue;
  readonly intentOfRow: IntentOfRow;
  readonly fanOut: FanOut;
  readonly breaker: CircuitBreaker;
  readonly schedule: Schedule;
}

export function createRedeliver(redelivery: Redelivery): Redeliver {
  const { queue, intentOfRow, fanOut, breaker, schedule } = redelivery;

  async function postpone(message: ReceivedMessage, intent: Intent, delay: number): Promise<void> {
    const result =
      message.dequeueCount < mostDequeues
        ? await queue.update(message, intent, delay)
        : await queue.put(intent, delay);
    if (result.kind === "unavailable") throw new Error("The queue is out of reach.");
  }

  async function giveUp(reason: string, content: unknown): Promise<void> {
    const { kind } = await queue.poison(reason, content);
    if (kind === "unavailable") throw new Error("The poison queue is out of reach.");
  }

  return async (message, log) => {
    const intent = readIntent(message.content);
    if (!intent) {
      await giveUp("unreadable", message.content);
      logOutcome(log, "poisoned", { reason: "unreadable" });
      return;
    }
    const { intentId, announcement, attempt } = intent;
    const itemId = announcement.source.rowId;

    // Before the row is read: what was not there at that age never will be.
    const age = ageOf(intent);
    const row = await intentOfRow(announcement.source);
    if (row.kind === "unavailable") throw new Error("The table is out of reach.");
    if (row.kind === "absent" && age < schedule.rowGracePeriod) {
      return postpone(message, intent, schedule.postponement);
    }
    if (row.kind === "absent" || row.intentId !== intentId) {
      const reason = row.kind === "absent" ? "no row" : "the row of another insert";
      logOutcome(log, "dropped", { itemId, attempt, reason });
      return;
    }
    if (age > longestLife) {
      await giveUp("expired", intent);
      logOutcome(log, "expired", { itemId, attempt });
      return;
    }

    if (breaker.admit() === "open") return postpone(message, intent, schedule.postponement);
    const missing = await fanOut(intent, sendDeadline, log);
    if (missing.length === 0) return;
    const rest = { ...intent, platforms: missing, attempt: attempt + 1 };
    await postpone(message, rest, schedule.retryDelay(rest.attempt));
  };
}
