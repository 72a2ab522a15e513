import type { StorageFailure } from "./failure.ts";

/** Identifies a message for the caller that put or received it, until someone receives or updates it. */
export interface MessageReceipt {
  readonly messageId: string;
  readonly popReceipt: string;
}

/** A message that was received. */
export interface QueueMessage extends MessageReceipt {
  readonly text: string;
  /** By the clock of storage, in whole seconds. */
  readonly insertedOn: Date;
}

/** It is done. */
export interface Done {
  readonly kind: "done";
}

/** The queue does not exist. */
interface NoQueue {
  readonly kind: "noQueue";
}

/** The message does not exist any more. */
export interface Gone {
  readonly kind: "gone";
}

/** The message has been received or updated since, so that the receipt is no longer valid. */
export interface Taken {
  readonly kind: "taken";
}

/**
 * A queue of Azure Storage. Each call is tried once. A call that its signal aborts is `unavailable`, as any other whose
 * outcome is unknown. Delays are in whole seconds, from 0 to 7 days.
 *
 * All reject with an Error if storage says that the request itself is wrong, which is a bug.
 */
export interface Queue {
  /** Puts a message that never expires, of at most 64 KiB. It becomes visible after the delay. */
  put(
    text: string,
    delay: number,
    abortSignal: AbortSignal,
  ): Promise<
    { readonly kind: "done"; readonly receipt: MessageReceipt } | NoQueue | StorageFailure
  >;
  /**
   * Hides a message for a delay.
   *
   * @param text its new content; if it is undefined, the content stays
   */
  update(
    receipt: MessageReceipt,
    text: string | undefined,
    delay: number,
    abortSignal: AbortSignal,
  ): Promise<
    | { readonly kind: "done"; readonly receipt: MessageReceipt }
    | NoQueue
    | Gone
    | Taken
    | StorageFailure
  >;
  remove(
    receipt: MessageReceipt,
    abortSignal: AbortSignal,
  ): Promise<Done | NoQueue | Gone | Taken | StorageFailure>;
  /** Creates the queue, if it does not exist. */
  create(abortSignal: AbortSignal): Promise<Done | StorageFailure>;
  /** Receives up to 32 visible messages, which it hides for a delay of at least 1 s. */
  receive(
    most: number,
    delay: number,
    abortSignal: AbortSignal,
  ): Promise<
    { readonly kind: "done"; readonly messages: readonly QueueMessage[] } | NoQueue | StorageFailure
  >;
  /** Counts the messages, visible or not, roughly. `date` is the time of the answer, by the clock of storage. */
  count(
    abortSignal: AbortSignal,
  ): Promise<
    | { readonly kind: "done"; readonly count: number; readonly date: Date }
    | NoQueue
    | StorageFailure
  >;
}
