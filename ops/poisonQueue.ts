import { type DequeuedMessageItem, RestError } from "@azure/storage-queue";
import * as v from "valibot";
import { poisonQueueName } from "../src/delivery/azureIntentQueue.ts";
import { type Intent, readIntent } from "../src/delivery/intent.ts";
import { parseJson } from "../src/http/parseJson.ts";
import type { StorageClients } from "../src/storage/storageAccount.ts";

/** How long a message stays invisible while it is looked at, in seconds: much longer than a look takes. */
const hold = 10 * 60;

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
 */
export async function walkPoisonQueue(
  storage: StorageClients,
  visit: (message: PoisonedMessage) => Promise<"keep" | "delete">,
): Promise<Walk> {
  const poisonQueue = storage
    .queues({ retryOptions: { maxTries: 2 } })
    .getQueueClient(poisonQueueName);
  const kept = new Map<string, DequeuedMessageItem>();
  let deleted = 0;
  let began: Date | undefined;

  try {
    for (;;) {
      const { receivedMessageItems, date } = await poisonQueue.receiveMessages({
        numberOfMessages: 32,
        visibilityTimeout: hold,
      });
      // By the clock of storage, as `insertedOn`.
      began ??= date ?? new Date();
      // A kept message comes again if its hold has ended.
      const fresh = receivedMessageItems.filter(({ messageId }) => !kept.has(messageId));
      for (const message of receivedMessageItems) {
        // If the visit fails, it is shown again.
        kept.set(message.messageId, message);
      }
      // Messages come roughly in the order of their insertion: what follows is newer, too.
      const end = began;
      if (fresh.every(({ insertedOn }) => insertedOn > end)) break;
      for (const message of fresh) {
        if (message.insertedOn > began || (await visit(read(message))) === "keep") continue;
        await poisonQueue.deleteMessage(message.messageId, message.popReceipt);
        kept.delete(message.messageId);
        deleted++;
      }
    }
  } catch (error) {
    const isMissing = error instanceof RestError && error.code === "QueueNotFound";
    if (!isMissing) throw error;
  } finally {
    for (const { messageId, popReceipt } of kept.values()) {
      // If this fails, the message becomes visible when its hold ends.
      await poisonQueue.updateMessage(messageId, popReceipt, undefined, 0).catch(() => undefined);
    }
  }
  return { kept: kept.size, deleted };
}
