import type { StorageFailure } from "../storage/failure.ts";
import type { Done, Gone, MessageReceipt, Taken } from "../storage/queue.ts";
import type { Intent, NewerIntent } from "./intent.ts";

/** The queue of intents. Failed calls are not retried. Delays are in whole seconds. */
export interface IntentQueue {
  /** Puts an intent on the queue. The message becomes visible after the delay. */
  put(
    intent: Intent | NewerIntent,
    delay: number,
  ): Promise<{ readonly kind: "done"; readonly receipt: MessageReceipt } | StorageFailure>;
  /** Replaces the intent in a message. The message becomes visible after the delay. */
  update(
    receipt: MessageReceipt,
    intent: Intent | NewerIntent,
    delay: number,
  ): Promise<Done | Gone | Taken | StorageFailure>;
  remove(receipt: MessageReceipt): Promise<Done | Gone | Taken | StorageFailure>;
  /** Puts a message on the poison queue, with a reason. It never expires there, and is visible after the delay. */
  poison(
    reason: string,
    message: unknown,
    delay?: number,
  ): Promise<{ readonly kind: "done"; readonly receipt: MessageReceipt } | StorageFailure>;
  /** Shows a message of the poison queue now that was put there with a delay. */
  showPoisoned(receipt: MessageReceipt): Promise<Done | Gone | Taken | StorageFailure>;
  /** Removes a message from the poison queue that was put there with a delay. */
  removePoisoned(receipt: MessageReceipt): Promise<Done | Gone | Taken | StorageFailure>;
}
