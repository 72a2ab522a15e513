import type { TokenCredential } from "@azure/identity";
import { QueueServiceClient, RestError, StorageSharedKeyCredential } from "@azure/storage-queue";
import {
  ForeignResponseError,
  type StorageFailure,
  storageFailure,
} from "../src/storage/failure.ts";
import type { Queue } from "../src/storage/queue.ts";

/** What proves the rights to an account: its name with its key in base64, or the signed-in user. */
export type Credential = TokenCredential | { readonly account: string; readonly key: string };

type Failure = { readonly kind: "noQueue" | "gone" | "taken" } | StorageFailure;

/** Returns a queue that the official client speaks with. The app has a smaller client, and each shows what the other does. */
export function createOfficialQueue(url: string, name: string, credential: Credential): Queue {
  const service = new QueueServiceClient(
    url,
    "account" in credential
      ? new StorageSharedKeyCredential(credential.account, credential.key)
      : credential,
    { retryOptions: { maxTries: 1 } },
  );
  const queue = service.getQueueClient(name);

  return {
    put: (text, visibilityTimeout, abortSignal) =>
      ofQueue(async () => {
        const options = { messageTimeToLive: -1, visibilityTimeout, abortSignal };
        const { messageId, popReceipt } = await queue.sendMessage(text, options);
        const receipt = { messageId: given(messageId), popReceipt: given(popReceipt) };
        return { kind: "done", receipt };
      }),
    update: ({ messageId, popReceipt }, text, delay, abortSignal) =>
      attempt(async () => {
        const options = { abortSignal };
        const updated = await queue.updateMessage(messageId, popReceipt, text, delay, options);
        return { kind: "done", receipt: { messageId, popReceipt: given(updated.popReceipt) } };
      }),
    remove: ({ messageId, popReceipt }, abortSignal) =>
      attempt(async () => {
        given((await queue.deleteMessage(messageId, popReceipt, { abortSignal })).requestId);
        return { kind: "done" };
      }),
    create: async (abortSignal) => {
      const created = await ofQueue(async () => {
        await queue.createIfNotExists({ abortSignal });
        return { kind: "done" } as const;
      });
      return created.kind === "noQueue" ? { kind: "unavailable" } : created;
    },
    receive: (numberOfMessages, visibilityTimeout, abortSignal) =>
      ofQueue(async () => {
        const options = { numberOfMessages, visibilityTimeout, abortSignal };
        const { receivedMessageItems } = await queue.receiveMessages(options);
        const messages = receivedMessageItems.map(
          ({ messageText: text, messageId, popReceipt, insertedOn }) => ({
            ...{ text, messageId, popReceipt, insertedOn },
          }),
        );
        return { kind: "done", messages };
      }),
    count: (abortSignal) =>
      ofQueue(async () => {
        const { approximateMessagesCount, date } = await queue.getProperties({ abortSignal });
        if (approximateMessagesCount === undefined || date === undefined) {
          throw new ForeignResponseError("A response does not count messages.");
        }
        return { kind: "done", count: approximateMessagesCount, date };
      }),
  };
}

/** Makes a call of a message, and returns what became of it if the call fails. */
async function attempt<T>(call: () => Promise<T>): Promise<T | Failure> {
  try {
    return await call();
  } catch (error) {
    return failureOf(error);
  }
}

/** Makes a call of the queue itself, whose failure says nothing of a message. */
async function ofQueue<T>(
  call: () => Promise<T>,
): Promise<T | { readonly kind: "noQueue" } | StorageFailure> {
  try {
    return await call();
  } catch (error) {
    const { kind } = failureOf(error);
    return kind === "noQueue" || kind === "refused" ? { kind } : { kind: "unavailable" };
  }
}

function failureOf(error: unknown): Failure {
  const code = error instanceof RestError ? error.code : undefined;
  if (code === "QueueNotFound") return { kind: "noQueue" };
  if (code === "MessageNotFound") return { kind: "gone" };
  if (code === "PopReceiptMismatch") return { kind: "taken" };
  const isKnown =
    error instanceof RestError ||
    error instanceof ForeignResponseError ||
    (error instanceof Error && error.name === "AbortError");
  // The client throws any kind of error for an answer that it cannot read.
  return isKnown ? storageFailure(error) : { kind: "unavailable" };
}

/** Returns what every response of storage has. The client takes responses without it for success. */
function given(value: string | undefined): string {
  if (!value) throw new ForeignResponseError("A response does not come from storage.");
  return value;
}
