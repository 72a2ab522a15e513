import type { HubResult } from "../hub/result.ts";
import { installationTag, userTag } from "../hub/tags.ts";
import type { RegistrationHub } from "./registrationHub.ts";
import { retry } from "./retry.ts";

export type Unregister = (userDigest: string, installationId: string) => Promise<HubResult<void>>;

/** Deletes the registrations of an installation that belong to the user, and no others. */
export function createUnregister(hub: RegistrationHub): Unregister {
  return (userDigest, installationId) => {
    const tag = userTag(userDigest);
    return retry(async (signal) => {
      const seen = await hub.listByTag(installationTag(installationId), signal);
      if (seen.kind !== "done") return seen;
      const own = seen.value.filter((one) => one.tags.some((held) => held.toLowerCase() === tag));
      const removals = await Promise.all(own.map((one) => hub.remove(one, signal)));
      return (
        removals.find((removal) => removal.kind !== "done") ?? { kind: "done", value: undefined }
      );
    });
  };
}
