import { randomBytes } from "node:crypto";
import { LRUCache } from "lru-cache";
import type { Installation } from "./installation.ts";
import type { Registration } from "./registration.ts";
import { createRegistrationStore, type RegistrationStore } from "./registrationStore.ts";

/** The changes of one request. Either all of them apply or none. */
export interface Change {
  /** Deletes everything before the other changes apply. */
  readonly cleared?: true;
  readonly removedRegistrations?: readonly string[];
  readonly removedInstallations?: readonly string[];
  readonly registrations?: readonly Registration[];
  readonly installations?: readonly Installation[];
}

/** The state that a hub keeps between runs. */
export interface HubState {
  readonly registrations: Omit<RegistrationStore, "put" | "remove" | "clear">;
  readonly installations: ReadonlyMap<string, Installation>;
  /** Returns whether a registration with this id was deleted in this run or the previous one. */
  isRetired(registrationId: string): boolean;
  commit(change: Change): void;
}

/** The maximum number of deleted ids to remember. */
const maxRetired = 100_000;

/**
 * @param earlier the changes of earlier runs
 * @param record receives every change before it applies; if it throws, nothing changes
 */
export function createHubState(
  earlier: readonly Change[],
  record: (change: Change) => void,
): HubState {
  const registrations = createRegistrationStore();
  const installations = new Map<string, Installation>();
  const retired = new LRUCache<string, true>({ max: maxRetired });

  function apply(change: Change): void {
    if (change.cleared) {
      registrations.clear();
      installations.clear();
      retired.clear();
    }
    for (const id of change.removedRegistrations ?? []) {
      registrations.remove(id);
      retired.set(id, true);
    }
    for (const id of change.removedInstallations ?? []) installations.delete(id);
    for (const registration of change.registrations ?? []) registrations.put(registration);
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
