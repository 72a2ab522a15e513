import type { DequeuedMessageItem } from "@azure/storage-queue";
import * as v from "valibot";
import { parseJson } from "../http/parseJson.ts";
import { storageErrorCode } from "../storage/failure.ts";
import type { StorageClients } from "../storage/storageAccount.ts";
import { poisonQueueName } from "./azureIntentQueue.ts";
import { type Intent, readIntent } from "./intent.ts";

/** How long a message stays invisible while it is looked at, in seconds. After a kill, it is shown again then. */
const hold = 2 * 60;

/** The time limit of one call to storage, in milliseconds. */
const deadline = 10_000;

/** How many messages are shown again at once. */
const atOnce = 20;

/** A message that this app moved to the poison queue. The Functions host moves messages unchanged. */
const poisoned = v.object({ reason: v.string(), message: v.unknown() });

/** A message of the poison queue. */
export interface PoisonedMessage {
  readonly messageId: string;
  readonly reason: string;
  /** Absent if the message cannot be read. */
  readonly intent?: Intent;
}

/** How many messages stayed on the queue, and how many were deleted. */
export interface Walk {
  readonly kept: number;
  readonly deleted: number;
  /** About how many were not seen, because another process holds them, for 2 minutes at most. */
  readonly unseen: number;
  /** Whether there are more that are visible. What was kept stays invisible then, so that a further walk goes on after it. */
  readonly isCut: boolean;
}

/** Reads the intent in a message, and the reason why it is on the poison queue. */
function read({ messageId, messageText }: DequeuedMessageItem): PoisonedMessage {
  const content = parseJson(Buffer.from(messageText, "base64"));
  if (content === undefined) return { messageId, reason: "unreadable" };
  const { reason, message } = v.is(poisoned, content)
    ? content
    : { reason: "given up by the host", message: content };
  const reading = readIntent(message);
  return { messageId, reason, ...(reading.kind === "intent" && { intent: reading.intent }) };
}

/**
 * Looks at each message that is on the poison queue now. A message that comes back to it meanwhile stays there.
 *
 * @param visit returns whether the message is deleted
 * @param end ends the walk if it aborts, as if every message had been seen
 * @param most the most messages to look at; the walk is cut if there are more
 */
export async function walkPoisonQueue(
  storage: StorageClients,
  visit: (message: PoisonedMessage) => Promise<"keep" | "delete">,
  end: AbortSignal,
  most = Number.POSITIVE_INFINITY,
): Promise<Walk> {
  const poisonQueue = storage
    .queues({ retryOptions: { maxTries: 2 } })
    .getQueueClient(poisonQueueName);
  const within = () => ({ abortSignal: AbortSignal.timeout(deadline) });
  const kept = new Map<string, DequeuedMessageItem>();
  let deleted = 0;
  let began = new Date();

  /** Returns whether a message came while the queue is walked: it is none of `total`. */
  const isNewer = ({ insertedOn }: DequeuedMessageItem) => insertedOn > began;

  async function showAgain(): Promise<void> {
    const all = [...kept.values()];
    for (let first = 0; first < all.length; first += atOnce) {
      await Promise.all(
        all.slice(first, first + atOnce).map(({ messageId, popReceipt }) =>
          // If this fails, the message becomes visible when its hold ends.
          poisonQueue
            .updateMessage(messageId, popReceipt, undefined, 0, within())
            .catch(() => undefined),
        ),
      );
    }
  }

  let total = 0;
  let isCut = false;
  try {
    const { approximateMessagesCount, date } = await poisonQueue.getProperties(within());
    // By the clock of storage, as `insertedOn`.
    began = date ?? new Date();
    total = approximateMessagesCount ?? 0;
    // Most of the time it is empty.
    while (total > 0 && !end.aborted) {
      if (kept.size + deleted >= most) {
        isCut = true;
        break;
      }
      const { receivedMessageItems } = await poisonQueue.receiveMessages({
        numberOfMessages: 32,
        visibilityTimeout: hold,
        ...within(),
      });
      // A kept message comes again if its hold has ended.
      const fresh = receivedMessageItems.filter(({ messageId }) => !kept.has(messageId));
      // If the visit fails, they are shown again too.
      for (const message of receivedMessageItems) kept.set(message.messageId, message);
      // Messages come roughly in the order of their insertion: what follows is newer, too.
      if (fresh.every(isNewer)) break;
      for (const message of fresh) {
        if (isNewer(message) || (await visit(read(message))) === "keep") continue;
        await poisonQueue.deleteMessage(message.messageId, message.popReceipt, within());
        kept.delete(message.messageId);
        deleted++;
      }
    }
  } catch (error) {
    if (storageErrorCode(error) !== "QueueNotFound") throw error;
  } finally {
    if (!isCut) await showAgain();
  }
  const keptOld = [...kept.values()].filter((message) => !isNewer(message)).length;
  return { kept: keptOld, deleted, unseen: Math.max(0, total - keptOld - deleted), isCut };
}
