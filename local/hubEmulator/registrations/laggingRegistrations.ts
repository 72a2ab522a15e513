import type { Registration } from "./registration.ts";
import {
  createRegistrationStore,
  type RegistrationStore,
  type TagOrder,
} from "./registrationStore.ts";

/** The part of a store that lists read. */
export type ListedRegistrations = Pick<
  RegistrationStore,
  "withHandle" | "page" | "pageOfTag" | "pageOf"
>;

/** A write to registrations, as `Change` in state.ts. */
export interface RegistrationChange {
  readonly cleared?: true;
  readonly removedRegistrations?: readonly string[];
  readonly registrations?: readonly Registration[];
}

/** A copy of a hub's registrations that shows each change only after a lag, as the service's lists do. */
export interface LaggingRegistrations {
  note(change: RegistrationChange): void;
  /** Returns the registrations as they were one lag ago. */
  shown(): ListedRegistrations;
}

/** @param now returns the milliseconds of a monotonic clock */
export function createLaggingRegistrations(
  present: Iterable<Registration>,
  lagMs: number,
  tagOrder: TagOrder,
  now: () => number = () => performance.now(),
): LaggingRegistrations {
  const store = createRegistrationStore(tagOrder);
  for (const registration of present) store.put(registration);
  let pending: { readonly due: number; readonly change: RegistrationChange }[] = [];
  return {
    note(change) {
      pending.push({ due: now() + lagMs, change });
    },
    shown() {
      const time = now();
      const due = pending.findIndex((one) => one.due > time);
      const ripe = due === -1 ? pending.splice(0) : pending.slice(0, due);
      pending = due === -1 ? [] : pending.slice(due);
      for (const { change } of ripe) applyTo(store, change);
      return store;
    },
  };
}

export function applyTo(store: RegistrationStore, change: RegistrationChange): void {
  if (change.cleared) store.clear();
  for (const id of change.removedRegistrations ?? []) store.remove(id);
  for (const registration of change.registrations ?? []) store.put(registration);
}
