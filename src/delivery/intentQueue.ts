import type { Intent } from "./intent.ts";

/** A message on the queue, as whoever put or got it knows it. */
export interface MessageReceipt {
  readonly messageId: string;
  readonly popReceipt: string;
}

interface Unavailable {
  readonly kind: "unavailable";
}

/** The message is no longer there. */
interface Gone {
  readonly kind: "gone";
}

/** Somebody else has got the message since. */
interface Taken {
  readonly kind: "taken";
}

interface Done {
  readonly kind: "done";
}

/** What delivering needs of the queue. Every call is one try. Delays are in seconds. */
export interface IntentQueue {
  /** Puts an intent on the queue, where nobody sees it until the delay has passed. */
  put(
    intent: Intent,
    delay: number,
  ): Promise<{ readonly kind: "done"; readonly receipt: MessageReceipt } | Unavailable>;
  /** Writes an intent over a message, which nobody sees until the delay has passed. */
  update(
    receipt: MessageReceipt,
    intent: Intent,
    delay: number,
  ): Promise<Done | Gone | Taken | Unavailable>;
  remove(receipt: MessageReceipt): Promise<Done | Gone | Taken | Unavailable>;
  /** Puts something on the poison queue, to stay there until somebody looks. */
  poison(reason: string, message: unknown): Promise<Done | Unavailable>;
}
