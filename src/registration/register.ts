import type { HubResult } from "../hub/result.ts";
import { installationTag, userTag } from "../hub/tags.ts";
import type { Device } from "./device.ts";
import type { Registration, RegistrationContent, RegistrationHub } from "./registrationHub.ts";
import { retry } from "./retry.ts";

export type Register = (userDigest: string, device: Device) => Promise<HubResult<Registration>>;

/**
 * Registers a device for a user. The device then has exactly one registration, even if it had another
 * user, installation id, handle or platform before, and even if requests race.
 *
 * A request reads the registrations that the hub lists under the installation's tag and under the handle.
 * Of those of its platform, the one with the smallest id survives, so every request picks the same. The
 * request updates the survivor unless its content is already right, and deletes the others. If there is
 * no survivor, it creates a registration and reads again. Updates and deletions send the ETag that was
 * read. If a registration has changed since, the request reads again.
 */
export function createRegister(hub: RegistrationHub): Register {
  return (userDigest, device) => {
    const { installationId, platform, handle } = device;
    const tags = [installationTag(installationId), userTag(userDigest)];
    const content = { platform, handle, tags };
    /**
     * The registration that this request wrote last or found correct. The request does not write it again,
     * so that a concurrent request that wrote later wins.
     */
    let written: string | undefined;
    /** An id that this request has created and the hub has not retired. */
    let ownId: string | undefined;

    return retry(async (signal) => {
      const seen = await list(hub, installationTag(installationId), content, signal);
      if (seen.kind !== "done") return seen;
      const survivor = findSurvivor(seen.value, platform);

      if (!survivor) {
        if (ownId === undefined) {
          const id = await hub.createId(signal);
          if (id.kind !== "done") return id;
          ownId = id.value;
        }
        const created = await hub.create(ownId, content, signal);
        if (created.kind === "changed") ownId = undefined;
        if (created.kind !== "done") return created;
        written = ownId;
        // Other requests may have created registrations meanwhile.
        return { kind: "retry" };
      }

      let registration = survivor;
      if (written !== survivor.registrationId && !saysAlready(survivor, content)) {
        const updated = await hub.update(survivor, content, signal);
        if (updated.kind !== "done") return updated;
        registration = updated.value;
      }
      written = survivor.registrationId;

      const extras = seen.value.filter((one) => one.registrationId !== survivor.registrationId);
      const removals = await Promise.all(extras.map((extra) => hub.remove(extra, signal)));
      return (
        removals.find((removal) => removal.kind !== "done") ?? { kind: "done", value: registration }
      );
    });
  };
}

/** Lists the registrations under an installation's tag or a handle, each once. */
async function list(
  hub: RegistrationHub,
  tag: string,
  { platform, handle }: RegistrationContent,
  signal: AbortSignal,
): Promise<HubResult<Registration[]>> {
  const [byTag, byHandle] = await Promise.all([
    hub.listByTag(tag, signal),
    hub.listByHandle(platform, handle, signal),
  ]);
  if (byTag.kind !== "done") return byTag;
  if (byHandle.kind !== "done") return byHandle;
  const union = [...byTag.value, ...byHandle.value];
  return {
    kind: "done",
    value: [...new Map(union.map((one) => [one.registrationId, one])).values()],
  };
}

/** Returns the platform's registration with the smallest id, compared by UTF-16 units. */
function findSurvivor(
  seen: readonly Registration[],
  platform: Registration["platform"],
): Registration | undefined {
  return seen
    .filter((registration) => registration.platform === platform)
    .reduce<Registration | undefined>(
      (least, registration) =>
        least && least.registrationId < registration.registrationId ? least : registration,
      undefined,
    );
}

function saysAlready(registration: Registration, { handle, tags }: RegistrationContent): boolean {
  const held = new Set(registration.tags.map((tag) => tag.toLowerCase()));
  return (
    registration.handle === handle &&
    held.size === tags.length &&
    tags.every((tag) => held.has(tag))
  );
}
