import type { HubResult } from "../hub/result.ts";
import { userTag } from "../hub/tags.ts";
import { createKnownRegistrations, firstFailure } from "./knownRegistrations.ts";
import type { RegistrationHub } from "./registrationHub.ts";
import { type Clock, realClock, retry } from "./retry.ts";
import { isOf } from "./userRegistrations.ts";

/** How many registrations are deleted at once. */
const atOnce = 20;

/** Deletes all registrations of a user. @returns how many there were */
export type ForgetDevices = (userDigest: string) => Promise<HubResult<number>>;

export function createForgetDevices(hub: RegistrationHub, clock: Clock = realClock): ForgetDevices {
  return (userDigest) => {
    const known = createKnownRegistrations(hub);
    let removed = 0;
    return retry(async (signal) => {
      const listed = await hub.listByTag(userTag(userDigest), signal);
      if (listed.kind !== "done") return listed;
      const own = known.correct(listed.value).filter((one) => isOf(one, userDigest));
      for (let first = 0; first < own.length; first += atOnce) {
        const some = own.slice(first, first + atOnce);
        const removals = await Promise.all(some.map((one) => known.remove(one, signal)));
        removed += removals.filter(({ kind }) => kind === "done").length;
        const failure = firstFailure(removals);
        if (failure) return failure;
      }
      return { kind: "done", value: removed };
    }, clock);
  };
}
