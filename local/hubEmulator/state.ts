import { randomBytes } from "node:crypto";
import { LRUCache } from "lru-cache";
import type { Installation } from "./installation.ts";
import type { Registration } from "./registration.ts";
import { createRegistrationStore, type RegistrationStore } from "./registrationStore.ts";

/** What one request changes, as a whole: all of it happens or nothing. */
export interface Change {
  /** Everything goes first. */
  readonly cleared?: true;
  readonly removedRegistrations?: readonly string[];
  readonly removedInstallations?: readonly string[];
  readonly registrations?: readonly Registration[];
  readonly installations?: readonly Installation[];
}

/** What a hub keeps from one run to the next. */
export interface HubState {
  readonly registrations: Omit<RegistrationStore, "put" | "remove" | "clear">;
  readonly installations: ReadonlyMap<string, Installation>;
  /** Whether a registration with this id was deleted since the emulator started. */
  isRetired(registrationId: string): boolean;
  commit(change: Change): void;
}

/** So many deleted ids are remembered. */
const maxRetired = 100_000;

/**
 * @param earlier the changes of earlier runs
 * @param record is given every change before it takes effect; where it throws, nothing changes
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

/** The changes that make an empty hub what this one is. */
export function* changesOf({ registrations, installations }: HubState): Iterable<Change> {
  for (const registration of registrations.all()) yield { registrations: [registration] };
  for (const installation of installations.values()) yield { installations: [installation] };
}

/** A registration id that nobody has: two random numbers and the number of a partition, as the service's. */
export function newRegistrationId(): string {
  const bytes = randomBytes(17);
  const partition = ((bytes[16] ?? 0) % 8) + 1;
  return `${bytes.readBigUInt64BE(0) >> 1n}-${bytes.readBigUInt64BE(8) >> 1n}-${partition}`;
}
