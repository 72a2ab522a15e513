import type { MessageReceipt } from "../storage/queue.ts";
import type { Intent, NewerIntent } from "./intent.ts";
import type { IntentQueue } from "./intentQueue.ts";
import { longestLife } from "./schedule.ts";

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

/**
 * Hides a message for a delay, with new content. What can expire is shown when it does, if that is earlier.
 *
 * @param delay in whole seconds
 * @param isOldDone whether its old content must not be delivered, or given up, again
 * @throws if that failed, and the old content is still to be delivered: the host shows the message again
 */
export type Reschedule = (
  message: ReceivedMessage,
  intent: Intent | NewerIntent,
  delay: number,
  isOldDone?: boolean,
) => Promise<void>;

/** @param now returns the time in milliseconds since 1970 */
export function createReschedule(
  queue: Pick<IntentQueue, "put" | "update">,
  now: () => number,
): Reschedule {
  return async (message, intent, wanted, isOldDone = false) => {
    const delay = Math.min(wanted, secondsToExpiry(intent));
    const result =
      message.dequeueCount < mostDequeues
        ? await queue.update(message, intent, delay)
        : { kind: "gone" as const };
    switch (result.kind) {
      case "done":
        return;
      case "taken":
        // The host has renewed the message, or given it to another process. It still has the old content.
        if (!isOldDone) throw new Error("The message has another receipt by now.");
        break;
      case "gone":
        break;
      default:
        throw new Error("The queue is unreachable.");
    }
    const { kind } = await queue.put(intent, delay);
    if (kind !== "done") throw new Error("The queue is unreachable.");
  };

  /** Returns in how many seconds an intent has expired, at least 1. What has only to be recorded does not expire. */
  function secondsToExpiry(intent: Intent | NewerIntent): number {
    if (!("version" in intent) && intent.platforms.length === 0) return Number.POSITIVE_INFINITY;
    const left = Date.parse(intent.createdAt) + longestLife - now();
    return Math.max(1, Math.floor(left / 1_000) + 1);
  }
}
