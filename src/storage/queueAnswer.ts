import type { Answer } from "../http/httpClient.ts";
import { failureOfStatus, type StorageFailure } from "./failure.ts";
import type { MessageReceipt, QueueMessage } from "./queue.ts";
import { readMessageList } from "./queueXml.ts";

/** The codes of storage that say what became of a queue or a message. */
const outcomes = {
  QueueNotFound: "noQueue",
  QueueAlreadyExists: "exists",
  MessageNotFound: "gone",
  PopReceiptMismatch: "taken",
} as const;

export interface Outcome {
  readonly kind: (typeof outcomes)[keyof typeof outcomes];
}

/** A whole answer that says success. */
export interface Success extends Answer {
  readonly kind: "success";
}

const unavailable = { kind: "unavailable" } as const;

/**
 * Returns what an answer of storage says.
 *
 * @throws an Error if storage says that the call itself is wrong, which is a bug
 */
export function resultOf(answer: Answer): Success | Outcome | StorageFailure {
  const { status, headers, bodyAsText } = answer;
  if (status >= 200 && status < 300) {
    // Whatever answers in place of storage lacks it.
    return headers["x-ms-request-id"] ? { kind: "success", ...answer } : unavailable;
  }
  const code = headers["x-ms-error-code"] ?? codeIn(bodyAsText);
  if (code !== undefined && isOutcome(code)) return { kind: outcomes[code] };
  const failure = failureOfStatus(status, code);
  if (failure) return failure;
  throw new Error(`Storage says that a call of a queue is wrong: ${status} ${code}.`);
}

/** Reads the code of an error in a body, from where releases of storage before 2017 give it alone. */
function codeIn(xml: string): string | undefined {
  return /^\uFEFF?(?:<\?xml[^<>]*\?>)?\s*<Error>\s*<Code>(\w+)<\/Code>/.exec(xml)?.[1];
}

function isOutcome(code: string): code is keyof typeof outcomes {
  return Object.hasOwn(outcomes, code);
}

/** A failed call of the queue itself says nothing of a message, and the other way round. */
export function ofQueue(
  failure: Outcome | StorageFailure,
): { readonly kind: "noQueue" } | StorageFailure {
  const { kind } = failure;
  return kind === "noQueue" || kind === "refused" ? { kind } : unavailable;
}

export function ofMessage(
  failure: Outcome | StorageFailure,
): { readonly kind: "noQueue" | "gone" | "taken" } | StorageFailure {
  const { kind } = failure;
  return kind === "gone" || kind === "taken" ? { kind } : ofQueue(failure);
}

type Elements = ReadonlyMap<string, string>;

/** Returns the receipt of the message that was put; undefined if the answer has none, and so is not storage's. */
export function receiptIn({ bodyAsText }: Success): MessageReceipt | undefined {
  const [message] = readMessageList(bodyAsText) ?? [];
  return message && receiptOf(message);
}

/** Returns the messages in an answer; undefined if it is no list of messages. */
export function messagesIn({ bodyAsText }: Success): readonly QueueMessage[] | undefined {
  const messages = readMessageList(bodyAsText)?.map(messageOf);
  return messages?.every((one) => one !== undefined) ? messages : undefined;
}

function receiptOf(message: Elements): MessageReceipt | undefined {
  const [messageId, popReceipt] = [message.get("MessageId"), message.get("PopReceipt")];
  return messageId && popReceipt ? { messageId, popReceipt } : undefined;
}

function messageOf(message: Elements): QueueMessage | undefined {
  const receipt = receiptOf(message);
  const text = message.get("MessageText");
  const insertedOn = new Date(message.get("InsertionTime") ?? "");
  const isWhole = receipt !== undefined && text !== undefined;
  return isWhole && !Number.isNaN(insertedOn.getTime())
    ? { ...receipt, text, insertedOn }
    : undefined;
}
