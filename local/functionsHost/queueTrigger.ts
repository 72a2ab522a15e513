import { setTimeout as wait } from "node:timers/promises";
import {
  type DequeuedMessageItem,
  type QueueClient,
  QueueServiceClient,
  RestError,
  StorageSharedKeyCredential,
} from "@azure/storage-queue";
import { readStorageConnectionString } from "../../src/settings/connectionString.ts";
import type { StorageAccount } from "../../src/storage/storageAccount.ts";
import { type App, triggerOf } from "./app.ts";
import type { Log, RegisteredFunction } from "./coreModule.ts";
import type { QueueOptions } from "./hostJson.ts";
import { createPolling } from "./polling.ts";

/**
 * The time limit of one call to the queue, in milliseconds: a call that never ends must not end the listening. No
 * call is useful for longer than the hold of a message.
 */
function callDeadline(hold: number): { readonly abortSignal: AbortSignal } {
  return { abortSignal: AbortSignal.timeout(Math.min(hold * 1_000, 30_000)) };
}

type AccountWithKey = Extract<StorageAccount, { readonly kind: "key" }>;

/** Listens to a queue and calls a function with each message. */
export interface QueueListener {
  /** Stops fetching messages, and resolves when the running calls have ended. */
  stop(): Promise<void>;
}

/**
 * Starts a listener for every queue trigger of an app. Like the real host, it disables a function whose connection is
 * missing or empty, and goes on.
 */
export function startQueueListeners(
  app: App,
  options: QueueOptions,
  log: Log,
): readonly QueueListener[] {
  return app.functions.flatMap((called) => {
    const { type, queueName, connection = "AzureWebJobsStorage" } = triggerOf(called.metadata);
    if (type !== "queueTrigger" || queueName === undefined) return [];
    const connectionString = process.env[connection];
    // An empty text counts before the settings of an identity.
    if (connectionString === "" || !hasConnection(connection)) {
      const what = `The '${called.metadata.name}' function is in error and disabled`;
      log("error", "Host.Startup", `${what}: the setting ${connection} is missing or empty.`);
      return [];
    }
    if (connectionString === undefined) {
      const why = "This host supports connection strings only";
      log("warning", "Host.Startup", `${why}, so it does not read ${queueName}.`);
      return [];
    }
    const account = readStorageConnectionString(connectionString);
    if (account?.kind !== "key") {
      const what = `The '${called.metadata.name}' function is in error and disabled`;
      log("error", "Host.Startup", `${what}: ${connection} is not a storage connection string.`);
      return [];
    }
    return [listen(app, called, account, queueName, options, log)];
  });
}

function hasConnection(name: string): boolean {
  return process.env[name] !== undefined || process.env[`${name}__accountName`] !== undefined;
}

function listen(
  app: App,
  called: RegisteredFunction,
  { queueUrl, name: accountName, key }: AccountWithKey,
  queueName: string,
  options: QueueOptions,
  log: Log,
): QueueListener {
  const credential = new StorageSharedKeyCredential(accountName, key);
  const service = new QueueServiceClient(queueUrl, credential, {
    // Like the real host's client. If a deletion fails, the host retries the message after its hold.
    retryOptions: { maxTries: 4, retryDelayInMs: 800 },
  });
  const queue = service.getQueueClient(queueName);
  const poisonQueue = service.getQueueClient(`${queueName}-poison`);
  const stopping = new AbortController();
  const running = new Set<Promise<void>>();
  const name = `Function.${called.metadata.name}`;
  const warn = (what: string, error: unknown) =>
    log("warning", name, `${what}: ${error instanceof Error ? error.message : error}`);

  function remove(messageId: string, popReceipt: string): Promise<void> {
    return ignoringStale(() =>
      queue.deleteMessage(messageId, popReceipt, callDeadline(options.hold)),
    );
  }

  /** Copies a message to the poison queue, then deletes it. */
  async function poison(message: DequeuedMessageItem): Promise<void> {
    log("error", name, `Message ${message.messageId} moves to ${poisonQueue.name}.`);
    await poisonQueue.createIfNotExists(callDeadline(options.hold));
    await poisonQueue.sendMessage(message.messageText, {
      messageTimeToLive: -1,
      ...callDeadline(options.hold),
    });
    await remove(message.messageId, message.popReceipt);
  }

  async function handleMessage(message: DequeuedMessageItem): Promise<void> {
    const { messageId, dequeueCount } = message;
    const text = decode(message.messageText);
    if (text === undefined || dequeueCount > options.maxDequeueCount) return poison(message);
    let { popReceipt } = message;
    const ended = new AbortController();
    const renewing = renew();
    /** Renews the hold while the function runs. Stops if a renewal fails: another client may have it. */
    async function renew(): Promise<void> {
      while (await slept((options.hold * 1000) / 2, ended.signal)) {
        const renewed = await queue
          .updateMessage(messageId, popReceipt, undefined, options.hold, callDeadline(options.hold))
          .catch((error: unknown) => warn("The hold could not be renewed", error));
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
        queue.updateMessage(
          messageId,
          popReceipt,
          undefined,
          options.visibilityTimeout,
          callDeadline(options.hold),
        ),
      );
      return;
    }
    await finish();
    await remove(messageId, popReceipt);
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
          .catch((error: unknown) => warn("A message could not be processed", error))
          .finally(() => running.delete(call));
        running.add(call);
      }
      await slept(polling.delayAfter(messages.length > 0), stopping.signal);
      // Fetches more when the running calls are down to the threshold, by default half a batch.
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
      abortSignal: AbortSignal.any([abortSignal, callDeadline(hold).abortSignal]),
    });
    return receivedMessageItems;
  } catch (error) {
    // A queue that does not exist yet counts as empty.
    if (error instanceof RestError && error.statusCode === 404) return [];
    throw error;
  }
}

/** Ignores the error if the message is gone, or if another client received or postponed it. */
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

/** Returns the text of a message, or `undefined` if it is not UTF-8 in base64. */
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

/** Waits until the time is over or the signal aborts. @returns whether the time is over */
async function slept(milliseconds: number, signal: AbortSignal): Promise<boolean> {
  return wait(milliseconds, true, { signal }).catch(() => false);
}
