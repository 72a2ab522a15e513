import type { Delivery } from "./hub.ts";
import { type Shown, shownOf } from "./shown.ts";

/** A notification on a phone, with how often it was replaced. */
export interface Notice extends Shown {
  readonly delivery: Delivery;
  readonly copies: number;
}

/** What a phone shows. */
export interface Screen {
  /** Newest first, each once for its replacement key. What is in one group stands together. */
  readonly notices: readonly Notice[];
  /** The number on the app's icon; 0 for none. */
  readonly badge: number;
  /** How often a silent notification woke the app. */
  readonly wakes: number;
}

export const emptyScreen: Screen = { notices: [], badge: 0, wakes: 0 };

/** Returns what the phone of each handle shows. */
export function screensOf(deliveries: readonly Delivery[]): ReadonlyMap<string, Screen> {
  const byHandle = new Map<
    string,
    { notices: Map<string, Notice>; badge: number; wakes: number }
  >();
  for (const delivery of deliveries) {
    const shown = shownOf(delivery);
    const screen = byHandle.get(delivery.handle) ?? { notices: new Map(), badge: 0, wakes: 0 };
    byHandle.set(delivery.handle, screen);
    screen.badge = shown.badge ?? screen.badge;
    if (shown.kind === "silent") screen.wakes++;
    if (shown.kind !== "shown") continue;
    const key = shown.key ?? String(delivery.seq);
    const copies = (screen.notices.get(key)?.copies ?? 0) + 1;
    screen.notices.delete(key);
    screen.notices.set(key, { ...shown, delivery, copies });
  }
  return new Map(
    [...byHandle].map(([handle, { notices, badge, wakes }]) => [
      handle,
      { notices: together([...notices.values()].reverse()), badge, wakes },
    ]),
  );
}

/** Puts what is in one group behind the newest of it. */
function together(notices: readonly Notice[]): readonly Notice[] {
  const groups = Map.groupBy(notices, ({ group, delivery }) => group ?? delivery);
  return [...groups.values()].flat();
}
