import type { HubResult } from "../hub/result.ts";
import { installationTag, userTag } from "../hub/tags.ts";
import type { RegistrationHub } from "./registrationHub.ts";
import { retry } from "./retry.ts";

export type Unregister = (userDigest: string, installationId: string) => Promise<HubResult<void>>;

/** Removes what is registered for an installation and belongs to the user, and nothing else. */
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
