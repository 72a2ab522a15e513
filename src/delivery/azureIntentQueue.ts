import { withDeadline } from "../http/deadline.ts";
import {
  createdWhereMissing,
  ForeignResponseError,
  type StorageFailure,
  storageErrorCode,
  storageFailure,
} from "../storage/failure.ts";
import type { StorageClients } from "../storage/storageAccount.ts";
import { messageOf } from "./intent.ts";
import type { IntentQueue } from "./intentQueue.ts";

/** The time limit of one call to storage, in milliseconds. */
const deadline = 3_000;

/** The queue whose messages trigger `redeliverNotification`. */
export const queueName = "notifications";

/** The queue on which the Functions host and this app put messages that can't be processed. */
export const poisonQueueName = `${queueName}-poison`;

/** Keeps intents on a queue of Azure Storage. Putting a message creates a missing queue. */
export function createAzureIntentQueue(storage: StorageClients): IntentQueue {
  const service = storage.queues({ retryOptions: { maxTries: 1 } });
  const queue = service.getQueueClient(queueName);
  const poisonQueue = service.getQueueClient(poisonQueueName);

  return {
    put(intent, delay) {
      return attempt(async (abortSignal) => {
        const options = { visibilityTimeout: delay, abortSignal };
        const { messageId, popReceipt } = await createdWhereMissing(
          "QueueNotFound",
          () => queue.sendMessage(encode(messageOf(intent)), options),
          () => queue.createIfNotExists({ abortSignal }),
        );
        return {
          kind: "done",
          receipt: { messageId: given(messageId), popReceipt: given(popReceipt) },
        };
      });
    },
    update({ messageId, popReceipt }, intent, delay) {
      return attemptOn(async (abortSignal) => {
        const options = { abortSignal };
        const updated = await queue.updateMessage(
          messageId,
          popReceipt,
          encode(messageOf(intent)),
          delay,
          options,
        );
        given(updated.popReceipt);
      });
    },
    remove({ messageId, popReceipt }) {
      return attemptOn(async (abortSignal) => {
        given((await queue.deleteMessage(messageId, popReceipt, { abortSignal })).requestId);
      });
    },
    poison(reason, message, delay = 0) {
      const text = encode({ reason, message });
      return attempt(async (abortSignal) => {
        const { messageId, popReceipt } = await createdWhereMissing(
          "QueueNotFound",
          // -1: the message never expires. By default, a message expires after seven days.
          () =>
            poisonQueue.sendMessage(text, {
              messageTimeToLive: -1,
              visibilityTimeout: delay,
              abortSignal,
            }),
          () => poisonQueue.createIfNotExists({ abortSignal }),
        );
        return {
          kind: "done",
          receipt: { messageId: given(messageId), popReceipt: given(popReceipt) },
        };
      });
    },
    showPoisoned({ messageId, popReceipt }) {
      return attemptOn(async (abortSignal) => {
        const options = { abortSignal };
        const shown = await poisonQueue.updateMessage(messageId, popReceipt, undefined, 0, options);
        given(shown.popReceipt);
      });
    },
    removePoisoned({ messageId, popReceipt }) {
      return attemptOn(async (abortSignal) => {
        const removed = await poisonQueue.deleteMessage(messageId, popReceipt, { abortSignal });
        given(removed.requestId);
      });
    },
  };
}

/** Encodes a message in base64, which the Functions host expects. */
function encode(message: object): string {
  return Buffer.from(JSON.stringify(message)).toString("base64");
}

/** Makes a call on a message that may have been received or deleted since. */
async function attemptOn(
  call: (abortSignal: AbortSignal) => Promise<void>,
): Promise<{ kind: "done" | "gone" | "taken" } | StorageFailure> {
  return attempt(async (abortSignal) => {
    try {
      await call(abortSignal);
      return { kind: "done" };
    } catch (error) {
      const code = storageErrorCode(error);
      if (code === "MessageNotFound" || code === "QueueNotFound") return { kind: "gone" };
      if (code === "PopReceiptMismatch") return { kind: "taken" };
      throw error;
    }
  });
}

/** Makes calls that share one time limit. */
function attempt<T>(call: (abortSignal: AbortSignal) => Promise<T>): Promise<T | StorageFailure> {
  return withDeadline<T | StorageFailure>(deadline, call).catch(storageFailure);
}

/** Returns what every response of storage has. The client takes responses without it for success. */
function given(value: string | undefined): string {
  if (!value) throw new ForeignResponseError("A response does not come from storage.");
  return value;
}
