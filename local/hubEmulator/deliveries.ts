import type { PlatformName } from "./registrationKinds.ts";

/** A notification that reached a device. */
export interface Delivery {
  /** The number of the delivery, from 1. */
  readonly seq: number;
  /** The time in ISO 8601 format. */
  readonly at: string;
  readonly platform: PlatformName;
  readonly handle: string;
  /** Null if the notification was sent directly to a handle. */
  readonly registrationId: string | null;
  /** The headers that the push service received, with names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The exact payload. */
  readonly body: string;
  readonly notificationId: string;
}

export interface Deliveries {
  add(delivery: Omit<Delivery, "seq">): void;
  /** Returns the delivery with this number, or undefined if it is no longer kept or does not exist yet. */
  get(seq: number): Delivery | undefined;
  /** Returns the number of the oldest kept delivery, or of the next delivery if there is none. */
  oldest(): number;
  /** Returns the number of the newest delivery, or 0 if there is none. */
  newest(): number;
  /** Calls the callback after every delivery and every `clear`. Returns a function that unsubscribes. */
  onChange(callback: () => void): () => void;
  /** Deletes all deliveries. The numbers start at 1 again. */
  clear(): void;
}

/** How many of the newest deliveries are kept. A delivery's index is its number modulo this. */
const maxKept = 100_000;

export function createDeliveries(): Deliveries {
  let kept: Delivery[] = [];
  let newest = 0;
  const callbacks = new Set<() => void>();

  function notify(): void {
    for (const callback of callbacks) callback();
  }

  return {
    add(delivery) {
      newest++;
      kept[newest % maxKept] = { seq: newest, ...delivery };
      notify();
    },
    get(seq) {
      const delivery = kept[seq % maxKept];
      return delivery?.seq === seq ? delivery : undefined;
    },
    oldest() {
      return Math.max(1, newest - maxKept + 1);
    },
    newest() {
      return newest;
    },
    onChange(callback) {
      callbacks.add(callback);
      return () => callbacks.delete(callback);
    },
    clear() {
      kept = [];
      newest = 0;
      notify();
    },
  };
}
