import type { HubResult } from "../hub/result.ts";
import { installationTag, userTag } from "../hub/tags.ts";
import type { Device } from "./device.ts";
import type { Registration, RegistrationContent, RegistrationHub } from "./registrationHub.ts";
import { retry } from "./retry.ts";

export type Register = (userDigest: string, device: Device) => Promise<HubResult<Registration>>;

/**
 * Registers a device for a user so that it has one registration, whoever had it before and whatever
 * its installation id, its handle or its platform was then, and whoever registers it at the same time.
 *
 * The registrations that the hub lists under the installation's tag and under the handle are read. Of
 * those of the wanted platform the one with the smallest id survives: every request picks the same. It
 * is written to, the others are deleted, and where there is none, one is created. Whatever was read is
 * written and deleted under its ETag, and what turns out to have changed is read again.
 */
export function createRegister(hub: RegistrationHub): Register {
  return (userDigest, device) => {
    const { installationId, platform, handle } = device;
    const tags = [installationTag(installationId), userTag(userDigest)];
    const content = { platform, handle, tags };
    /** The registration that this request has written its data onto: it does so once. */
    let written: string | undefined;
    /** An id that this request has made, and not lost. */
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
        // Others may have created theirs meanwhile.
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

/** The registrations under an installation's tag or a handle, each once. */
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

/** The registration of the platform with the smallest id, by code units. */
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
