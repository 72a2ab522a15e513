import type { HubResult } from "../hub/result.ts";
import type { Registration, RegistrationHub } from "./registrationHub.ts";

/**
 * The registrations that one request has read alone, written or deleted. They win over lists: the hub's lists
 * lag by seconds, and its single reads and writes do not.
 */
export interface KnownRegistrations {
  /** Replaces listed registrations with what is known of them, and adds the known ones that lists lack. */
  correct(listed: readonly Registration[]): Registration[];
  add(registration: Registration): void;
  /** Returns whether a registration is known to exist. */
  has(registrationId: string): boolean;
  /** Reads a registration alone. The result is `done` also if it does not exist. */
  refresh(registrationId: string, signal: AbortSignal): Promise<HubResult<void>>;
  /**
   * Deletes a registration under the ETag that was read. If that fails because it has changed or is gone, reads
   * it alone; the result is `done` if it does not exist.
   */
  remove(read: Registration, signal: AbortSignal): Promise<HubResult<void>>;
}

const done = { kind: "done", value: undefined } as const;

export function createKnownRegistrations(hub: RegistrationHub): KnownRegistrations {
  /** `undefined` for a registration that does not exist. */
  const known = new Map<string, Registration | undefined>();

  const knownRegistrations: KnownRegistrations = {
    correct(listed) {
      const union = new Map<string, Registration | undefined>(
        listed.map((registration) => [registration.registrationId, registration]),
      );
      for (const [id, registration] of known) union.set(id, registration);
      return [...union.values()].filter((registration) => registration !== undefined);
    },
    add(registration) {
      known.set(registration.registrationId, registration);
    },
    has: (registrationId) => known.get(registrationId) !== undefined,
    async refresh(registrationId, signal) {
      const read = await hub.get(registrationId, signal);
      if (read.kind !== "done" && read.kind !== "gone") return read;
      known.set(registrationId, read.kind === "done" ? read.value : undefined);
      return done;
    },
    async remove(read, signal) {
      const { registrationId } = read;
      const removal = await hub.remove(read, signal);
      if (removal.kind === "done") {
        known.set(registrationId, undefined);
        return done;
      }
      if (removal.kind !== "gone" && removal.kind !== "changed") return removal;
      const refreshed = await knownRegistrations.refresh(registrationId, signal);
      if (refreshed.kind !== "done") return refreshed;
      return known.get(registrationId) === undefined ? done : removal;
    },
  };
  return knownRegistrations;
}

/** Returns the first failure among results, or `undefined` if all are done. */
export function firstFailure(results: readonly HubResult<void>[]) {
  return results.find((result) => result.kind !== "done");
}
