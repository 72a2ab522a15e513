import type { HubResult } from "../hub/result.ts";
import { installationTag, userTag } from "../hub/tags.ts";
import { createKnownRegistrations, firstFailure } from "./knownRegistrations.ts";
import type { Registration, RegistrationHub } from "./registrationHub.ts";
import { type Clock, realClock, retry } from "./retry.ts";

export type Unregister = (userDigest: string, installationId: string) => Promise<HubResult<void>>;

/**
 * Deletes the registrations of an installation that belong to the user, and no others. A registration that
 * no list of the hub shows yet remains until the device registers again.
 */
export function createUnregister(hub: RegistrationHub, clock: Clock = realClock): Unregister {
  return (userDigest, installationId) => {
    const tags = [installationTag(installationId), userTag(userDigest)];
    const isOwn = (registration: Registration) => {
      const held = registration.tags.map((tag) => tag.toLowerCase());
      return tags.every((tag) => held.includes(tag));
    };
    const known = createKnownRegistrations(hub);
    return retry(async (signal) => {
      const listed = await hub.listByTag(installationTag(installationId), signal);
      if (listed.kind !== "done") return listed;
      const own = known.correct(listed.value).filter(isOwn);
      const removals = await Promise.all(own.map((one) => known.remove(one, signal)));
      return firstFailure(removals) ?? { kind: "done", value: undefined };
    }, clock);
  };
}
