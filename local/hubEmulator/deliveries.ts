import type { PlatformName } from "./registrationKinds.ts";

/** A notification that reached a device. */
export interface Delivery {
  /** Counts up from 1. */
  readonly seq: number;
  /** An ISO time. */
  readonly at: string;
  readonly platform: PlatformName;
  readonly handle: string;
  /** Null where the notification went to a handle directly. */
  readonly registrationId: string | null;
  /** What the push service was told beside the body, by names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The payload, to the letter. */
  readonly body: string;
  readonly notificationId: string;
}

export interface Deliveries {
  add(delivery: Omit<Delivery, "seq">): void;
  /** The delivery with that number, unless it is too old or yet to come. */
  get(seq: number): Delivery | undefined;
  /** The number of the oldest that is kept, or of the next one where there is none. */
  oldest(): number;
  /** The number of the newest; 0 where there is none. */
  newest(): number;
  /** Calls back after every delivery, and after a clearing; returns what ends that. */
  onChange(callback: () => void): () => void;
  /** Begins again at 1. */
  clear(): void;
}

/** The newest 100,000 are kept, each at the place of its number. */
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
