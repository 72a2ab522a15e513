import { type DequeuedMessageItem, RestError } from "@azure/storage-queue";
import * as v from "valibot";
import { poisonQueueName } from "../src/delivery/azureIntentQueue.ts";
import { type Intent, readIntent } from "../src/delivery/intent.ts";
import { parseJson } from "../src/http/parseJson.ts";
import type { StorageClients } from "../src/storage/storageAccount.ts";

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
  /** About how many were not seen, because another program holds them, for 2 minutes at most. */
  readonly held: number;
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
  const within = () => ({ abortSignal: AbortSignal.timeout(deadline) });
  const kept = new Map<string, DequeuedMessageItem>();
  let deleted = 0;
  let began: Date | undefined;

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
  const interrupted = () => void showAgain().finally(() => process.exit(130));
  process.once("SIGINT", interrupted);

  let total = 0;
  try {
    const { approximateMessagesCount } = await poisonQueue.getProperties(within());
    total = approximateMessagesCount ?? 0;
    for (;;) {
      const { receivedMessageItems, date } = await poisonQueue.receiveMessages({
        numberOfMessages: 32,
        visibilityTimeout: hold,
        ...within(),
      });
      // By the clock of storage, as `insertedOn`.
      began ??= date ?? new Date();
      // A kept message comes again if its hold has ended.
      const fresh = receivedMessageItems.filter(({ messageId }) => !kept.has(messageId));
      // If the visit fails, they are shown again too.
      for (const message of receivedMessageItems) kept.set(message.messageId, message);
      // Messages come roughly in the order of their insertion: what follows is newer, too.
      const end = began;
      if (fresh.every(({ insertedOn }) => insertedOn > end)) break;
      for (const message of fresh) {
        if (message.insertedOn > began || (await visit(read(message))) === "keep") continue;
        await poisonQueue.deleteMessage(message.messageId, message.popReceipt, within());
        kept.delete(message.messageId);
        deleted++;
      }
    }
  } catch (error) {
    const isMissing = error instanceof RestError && error.code === "QueueNotFound";
    if (!isMissing) throw error;
  } finally {
    await showAgain();
    process.off("SIGINT", interrupted);
  }
  return { kept: kept.size, deleted, held: Math.max(0, total - kept.size - deleted) };
}
