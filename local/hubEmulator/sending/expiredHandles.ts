import type { Installation } from "../registrations/installation.ts";
import { firstMembers, handleText, type Registration } from "../registrations/registration.ts";
import type { Change, HubState } from "../registrations/state.ts";
import type { DeviceOutcome } from "./outcomes.ts";

type Handle = Pick<DeviceOutcome, "platform" | "handle">;

/**
 * Returns the change for expired handles: it deletes their registrations, and sets `pushChannelExpired` on
 * the installations of these registrations.
 */
export function withoutHandles(state: HubState, expired: readonly Handle[]): Change {
  const removed = new Set(expired.flatMap((handle) => [...registrationsOf(state, handle)]));
  const installations = new Map<string, Installation>();
  for (const { installationId } of removed) {
    const installation = state.installations.get(installationId ?? "");
    if (installation !== undefined) {
      installations.set(installation.installationId, { ...installation, pushChannelExpired: true });
    }
  }
  return {
    removedRegistrations: [...removed].map(({ registrationId }) => registrationId),
    installations: [...installations.values()],
  };
}

function* registrationsOf(state: HubState, { platform, handle }: Handle): Iterable<Registration> {
  for (const first of firstMembers(platform, handle)) {
    for (const registration of state.registrations.withHandle(first)) {
      if (registration.platform === platform && handleText(registration) === handle)
        yield registration;
    }
  }
}
