import { withDeadline } from "../http/deadline.ts";
import type { Queue } from "../storage/queue.ts";
import type { StorageClients } from "../storage/storageAccount.ts";
import { messageOf } from "./intent.ts";
import type { IntentQueue } from "./intentQueue.ts";

/** The time limit of one call to storage, in milliseconds. */
const deadline = 3_000;

/** The queue whose messages trigger `redeliverNotification`. */
export const queueName = "notifications";

/** The queue on which the Functions host and this app put messages that can't be processed. */
export const poisonQueueName = `${queueName}-poison` as const;

/** Keeps intents on a queue of Azure Storage. Putting a message creates a missing queue. */
export function createAzureIntentQueue(storage: Pick<StorageClients, "queue">): IntentQueue {
  const queue = storage.queue(queueName);
  const poisonQueue = storage.queue(poisonQueueName);

  return {
    put: (intent, delay) => putInto(queue, messageOf(intent), delay),
    update(receipt, intent, delay) {
      const text = encode(messageOf(intent));
      return ofMessage((abortSignal) => queue.update(receipt, text, delay, abortSignal));
    },
    remove: (receipt) => ofMessage((abortSignal) => queue.remove(receipt, abortSignal)),
    poison: (reason, message, delay = 0) => putInto(poisonQueue, { reason, message }, delay),
    showPoisoned: (receipt) =>
      ofMessage((abortSignal) => poisonQueue.update(receipt, undefined, 0, abortSignal)),
    removePoisoned: (receipt) =>
      ofMessage((abortSignal) => poisonQueue.remove(receipt, abortSignal)),
  };
}

/** Encodes a message in base64, which the Functions host expects. */
function encode(message: object): string {
  return Buffer.from(JSON.stringify(message)).toString("base64");
}

/** Puts a message, with calls that share one time limit. */
function putInto(queue: Queue, message: object, delay: number): ReturnType<IntentQueue["put"]> {
  const text = encode(message);
  return withDeadline(deadline, async (abortSignal) => {
    const put = await queue.put(text, delay, abortSignal);
    if (put.kind !== "noQueue") return put;
    const created = await queue.create(abortSignal);
    if (created.kind !== "done") return created;
    const again = await queue.put(text, delay, abortSignal);
    return again.kind === "noQueue" ? { kind: "unavailable" } : again;
  });
}

/** Makes a call on a message that may have been received or deleted since, with its queue too. */
async function ofMessage(
  call: (abortSignal: AbortSignal) => ReturnType<Queue["remove"]>,
): ReturnType<IntentQueue["remove"]> {
  const { kind } = await withDeadline(deadline, call);
  return { kind: kind === "noQueue" ? "gone" : kind };
}
