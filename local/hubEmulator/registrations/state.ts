import { randomBytes } from "node:crypto";
import type { Installation } from "./installation.ts";
import {
  applyTo,
  createLaggingRegistrations,
  type LaggingRegistrations,
  type ListedRegistrations,
  type RegistrationChange,
} from "./laggingRegistrations.ts";
import {
  createRegistrationStore,
  type RegistrationStore,
  type TagOrder,
} from "./registrationStore.ts";

/** The changes of one request. Either all of them apply or none. */
export interface Change extends RegistrationChange {
  readonly removedInstallations?: readonly string[];
  readonly installations?: readonly Installation[];
}

/** The state that a hub keeps between runs. */
export interface HubState {
  readonly registrations: Omit<RegistrationStore, "put" | "remove" | "clear">;
  readonly installations: ReadonlyMap<string, Installation>;
  /** Returns whether a registration with this id was deleted in this run or the previous one. */
  isRetired(registrationId: string): boolean;
  commit(change: Change): void;
  /** From now on, lists can lag by these milliseconds. Lags that were set before end. */
  setListLags(lagsMs: Iterable<number>): void;
  /** Returns the registrations that a list shows. @param lagMs undefined, or one of the lags that are set */
  listed(lagMs: number | undefined): ListedRegistrations;
}

/** The maximum number of deleted ids to remember. */
const maxRetired = 100_000;

/**
 * @param earlier the changes of earlier runs
 * @param tagOrder the order of lists by tag
 * @param record receives every change before it applies; if it throws, nothing changes
 */
export function createHubState(
  earlier: readonly Change[],
  tagOrder: TagOrder,
  record: (change: Change) => void,
): HubState {
  const registrations = createRegistrationStore(tagOrder);
  const installations = new Map<string, Installation>();
  /** The newest is last. */
  const retired = new Set<string>();
  let lagging: ReadonlyMap<number, LaggingRegistrations> = new Map();

  function apply(change: Change): void {
    if (change.cleared) {
      installations.clear();
      retired.clear();
    }
    applyTo(registrations, change);
    for (const id of change.removedRegistrations ?? []) retired.add(id);
    for (const oldest of retired) {
      if (retired.size <= maxRetired) break;
      retired.delete(oldest);
    }
    for (const id of change.removedInstallations ?? []) installations.delete(id);
    for (const installation of change.installations ?? []) {
      installations.set(installation.installationId, installation);
    }
  }

  for (const change of earlier) apply(change);
  return {
    registrations,
    installations,
    isRetired(registrationId) {
      return retired.has(registrationId);
    },
    commit(change) {
      record(change);
      apply(change);
      for (const view of lagging.values()) view.note(change);
    },
    setListLags(lagsMs) {
      lagging = new Map(
        Array.from(lagsMs, (lag) => [
          lag,
          createLaggingRegistrations(registrations.all(), lag, tagOrder),
        ]),
      );
    },
    listed(lagMs) {
      return lagging.get(lagMs ?? -1)?.shown() ?? registrations;
    },
  };
}

/** Yields the changes that recreate this state from an empty hub. */
export function* changesOf({ registrations, installations }: HubState): Iterable<Change> {
  for (const registration of registrations.all()) yield { registrations: [registration] };
  for (const installation of installations.values()) yield { installations: [installation] };
}

/** Returns a new registration id in the service's form: two random numbers and a partition number. */
export function newRegistrationId(): string {
  const bytes = randomBytes(17);
  const partition = ((bytes[16] ?? 0) % 8) + 1;
  return `${bytes.readBigUInt64BE(0) >> 1n}-${bytes.readBigUInt64BE(8) >> 1n}-${partition}`;
}
