import type { Delivery } from "./hub.ts";
import { type Shown, shownOf } from "./shown.ts";

/** A notification on a phone, with how often it was replaced. */
export interface Notice extends Shown {
  readonly delivery: Delivery;
  readonly copies: number;
}

/** Returns the notices of each handle, newest first, each once for its replacement key. */
export function noticesOf(deliveries: readonly Delivery[]): ReadonlyMap<string, readonly Notice[]> {
  const byHandle = new Map<string, Map<string, Notice>>();
  for (const delivery of deliveries) {
    const shown = shownOf(delivery);
    const key = shown.key ?? String(delivery.seq);
    const notices = byHandle.get(delivery.handle) ?? new Map<string, Notice>();
    const copies = (notices.get(key)?.copies ?? 0) + 1;
    notices.delete(key);
    notices.set(key, { ...shown, delivery, copies });
    byHandle.set(delivery.handle, notices);
  }
  return new Map(
    [...byHandle].map(([handle, notices]) => [handle, [...notices.values()].reverse()]),
  );
}
