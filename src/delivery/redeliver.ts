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

/** The time limit of the sends of a redelivery, in milliseconds. */
const sendDeadline = 10_000;

/**
 * The dequeue count from which a message is not updated but put again, which restarts its count. The host
 * counts every dequeue, even while the hub is down, and gives the message up after `maxDequeueCount`
 * (host.json).
 */
const mostDequeues = 50;

/** A message that the queue trigger received. */
export interface ReceivedMessage extends MessageReceipt {
  /** The text of the message, parsed if it is JSON. */
  readonly content: unknown;
  readonly dequeueCount: number;
}

/** Reads the id of the intent that a row was inserted with. */
export type IntentOfRow = (
  source: Source,
) => Promise<
  | { readonly kind: "found"; readonly intentId: string | undefined }
  | { readonly kind: "absent" }
  | { readonly kind: "unavailable" }
>;

/**
 * Delivers an intent that an insert left on the queue. Returns when the message is finished or postponed.
 * Updating a message invalidates the host's receipt, so the host's deletion fails; the host ignores that.
 *
 * @throws if storage is unreachable: the host retries the message
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
    if (result.kind === "unavailable") throw new Error("The queue is unreachable.");
  }

  async function giveUp(reason: string, content: unknown): Promise<void> {
    const { kind } = await queue.poison(reason, content);
    if (kind === "unavailable") throw new Error("The poison queue is unreachable.");
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

    // Taken before the row is read: a row that is missing after `rowGracePeriod` never appears.
    const age = ageOf(intent);
    const row = await intentOfRow(announcement.source);
    if (row.kind === "unavailable") throw new Error("The table is unreachable.");
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
