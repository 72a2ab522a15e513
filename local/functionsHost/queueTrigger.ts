import { setTimeout as wait } from "node:timers/promises";
import {
  type DequeuedMessageItem,
  type QueueClient,
  QueueServiceClient,
  RestError,
} from "@azure/storage-queue";
import { type App, triggerOf } from "./app.ts";
import type { Log, RegisteredFunction } from "./coreModule.ts";
import type { QueueOptions } from "./hostJson.ts";
import { createPolling } from "./polling.ts";

/** Listens to a queue, and calls a function with each of its messages. */
export interface QueueListener {
  /** Takes no more messages, and resolves when the running calls have ended. */
  stop(): Promise<void>;
}

/** Starts a listener for every queue trigger of an app. @throws where a trigger's settings are missing */
export function startQueueListeners(
  app: App,
  options: QueueOptions,
  log: Log,
): readonly QueueListener[] {
  return app.functions.flatMap((called) => {
    const { type, queueName, connection = "AzureWebJobsStorage" } = triggerOf(called.metadata);
    if (type !== "queueTrigger" || queueName === undefined) return [];
    if (process.env[`${connection}__accountName`] !== undefined) {
      const why = "This host listens with connection strings only";
      log("warning", called.metadata.name, `${why}, so nothing is read from ${queueName}.`);
      return [];
    }
    const connectionString = process.env[connection];
    if (!connectionString) throw new Error(`The setting ${connection} is missing: ${queueName}.`);
    return [listen(app, called, connectionString, queueName, options, log)];
  });
}

function listen(
  app: App,
  called: RegisteredFunction,
  connectionString: string,
  queueName: string,
  options: QueueOptions,
  log: Log,
): QueueListener {
  const service = QueueServiceClient.fromConnectionString(connectionString, {
    // As the real host's client does; a message whose deletion failed would come again after its hold.
    retryOptions: { maxTries: 4, retryDelayInMs: 800 },
  });
  const queue = service.getQueueClient(queueName);
  const poisonQueue = service.getQueueClient(`${queueName}-poison`);
  const stopping = new AbortController();
  const running = new Set<Promise<void>>();
  const name = called.metadata.name;
  const warn = (what: string, error: unknown) =>
    log("warning", name, `${what}: ${error instanceof Error ? error.message : error}`);

  /** Copies a message to the poison queue, then deletes it. */
  async function poison(message: DequeuedMessageItem): Promise<void> {
    log("error", name, `Message ${message.messageId} goes to ${poisonQueue.name}.`);
    await poisonQueue.createIfNotExists();
    await poisonQueue.sendMessage(message.messageText, { messageTimeToLive: -1 });
    await remove(queue, message.messageId, message.popReceipt);
  }

  async function handleMessage(message: DequeuedMessageItem): Promise<void> {
    const { messageId, dequeueCount } = message;
    const text = decode(message.messageText);
    if (text === undefined || dequeueCount > options.maxDequeueCount) return poison(message);
    let { popReceipt } = message;
    const ended = new AbortController();
    const renewing = renew();
    /** Holds the message while the function runs; a receipt that is no longer good is another's. */
    async function renew(): Promise<void> {
      while (await slept((options.hold * 1000) / 2, ended.signal)) {
        const renewed = await queue
          .updateMessage(messageId, popReceipt, undefined, options.hold)
          .catch((error: unknown) => warn("A message could not be held", error));
        if (!renewed) return;
        popReceipt = renewed.popReceipt ?? popReceipt;
      }
    }
    const finish = async () => {
      ended.abort();
      await renewing;
    };

    try {
      await app.invoke(called, invocationOf(queueName, message, text));
    } catch (error) {
      log("error", name, error instanceof Error ? String(error.stack) : String(error));
      await finish();
      if (dequeueCount >= options.maxDequeueCount) return poison({ ...message, popReceipt });
      await ignoringStale(() =>
        queue.updateMessage(messageId, popReceipt, undefined, options.visibilityTimeout),
      );
      return;
    }
    await finish();
    await remove(queue, messageId, popReceipt);
  }

  async function poll(): Promise<void> {
    const polling = createPolling(options.maxPollingInterval);
    while (!stopping.signal.aborted) {
      const messages = await receive(queue, options, stopping.signal).catch((error: unknown) => {
        if (!stopping.signal.aborted) warn("The queue can't be read", error);
        return [];
      });
      for (const message of messages) {
        const call = handleMessage(message)
          .catch((error: unknown) => warn("A message was not dealt with", error))
          .finally(() => running.delete(call));
        running.add(call);
      }
      await slept(polling.delayAfter(messages.length > 0), stopping.signal);
      // More are fetched once half a batch is left, as the host's default threshold says.
      while (running.size > options.newBatchThreshold && !stopping.signal.aborted) {
        await Promise.race(running);
      }
    }
  }

  const polled = poll();
  return {
    async stop() {
      stopping.abort();
      await polled;
      await Promise.all(running);
    },
  };
}

async function receive(
  queue: QueueClient,
  { batchSize, hold }: QueueOptions,
  abortSignal: AbortSignal,
): Promise<readonly DequeuedMessageItem[]> {
  try {
    const { receivedMessageItems } = await queue.receiveMessages({
      numberOfMessages: batchSize,
      visibilityTimeout: hold,
      abortSignal,
    });
    return receivedMessageItems;
  } catch (error) {
    // A queue that is not there yet is empty.
    if (error instanceof RestError && error.statusCode === 404) return [];
    throw error;
  }
}

function remove(queue: QueueClient, messageId: string, popReceipt: string): Promise<void> {
  return ignoringStale(() => queue.deleteMessage(messageId, popReceipt));
}

/** What is gone, or has been taken or put off by somebody else, is no longer the host's: no error. */
async function ignoringStale(call: () => Promise<unknown>): Promise<void> {
  try {
    await call();
  } catch (error) {
    const stale =
      error instanceof RestError &&
      (error.code === "PopReceiptMismatch" || error.code === "MessageNotFound");
    if (!stale) throw error;
  }
}

/** A message's text, or `undefined` where it is not the base64 of UTF-8. */
function decode(text: string): string | undefined {
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text))
    return undefined;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.from(text, "base64"));
  } catch {
    return undefined;
  }
}

function invocationOf(queueName: string, message: DequeuedMessageItem, text: string) {
  const { messageId, popReceipt, dequeueCount, insertedOn, expiresOn, nextVisibleOn } = message;
  return {
    triggerData: { string: text },
    triggerMetadata: {
      QueueTrigger: { string: text },
      Id: { string: messageId },
      PopReceipt: { string: popReceipt },
      DequeueCount: { json: JSON.stringify(dequeueCount) },
      InsertionTime: { json: JSON.stringify(insertedOn) },
      ExpirationTime: { json: JSON.stringify(expiresOn) },
      NextVisibleTime: { json: JSON.stringify(nextVisibleOn) },
      QueueName: { string: queueName },
    },
  };
}

/** Waits, unless the signal comes first. @returns whether it waited to the end */
async function slept(milliseconds: number, signal: AbortSignal): Promise<boolean> {
  return wait(milliseconds, true, { signal }).catch(() => false);
}
