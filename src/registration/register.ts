import type { HubResult } from "../hub/result.ts";
import { installationTag, topicTag, userTag } from "../hub/tags.ts";
import type { Device } from "./device.ts";
import { isOf } from "./devices.ts";
import { createKnownRegistrations, firstFailure } from "./knownRegistrations.ts";
import type { Registration, RegistrationContent, RegistrationHub } from "./registrationHub.ts";
import { type Clock, realClock, retry } from "./retry.ts";

/** The most devices of a user. */
export const mostDevices = 20;

/** `tooMany`: the user has as many devices as a user may have, and this one is not registered. */
export type Registering = HubResult<Registration> | { readonly kind: "tooMany" };

export type Register = (userDigest: string, device: Device) => Promise<Registering>;

/**
 * Registers a device for a user. The device then has exactly one registration, even if it had another
 * user, installation id, handle or platform before, and even if requests race.
 *
 * A request reads the registrations that the hub lists under the installation's tag and under the handle.
 * Of those of its platform, the one with the smallest id survives, so every request picks the same. The
 * request writes its content onto the survivor once and deletes the others. If there is no survivor, it
 * creates a registration and reads the lists again, because another request may have created one too.
 *
 * The hub's lists lag. So the survivor is always written, even if a list shows it as wanted: under the ETag
 * that was read, a write onto a registration that has changed since fails. Then the request reads that
 * registration alone and goes on from the lists again. A duplicate that no list shows yet remains until the
 * device registers again.
 *
 * A device that is new to the user is registered only if the user has room for it. Devices that register at once do not
 * see each other in the lists, so a device is looked at once more when it registers again: those that are registered
 * longer, and then those with smaller ids, have the room. A device that has none is unregistered.
 */
export function createRegister(hub: RegistrationHub, clock: Clock = realClock): Register {
  return async (userDigest, { installationId, platform, handle, topics }) => {
    const installation = installationTag(installationId);
    const tags = [installation, userTag(userDigest), ...topics.map(topicTag)];
    const content = { platform, handle, tags };
    const known = createKnownRegistrations(hub);
    /** The registration onto which this request has written its content. It does not write it again. */
    let written: string | undefined;
    /** An id that the hub gave to this request and has not retired. */
    let ownId: string | undefined;
    /** Whether the user has room for the device, once the request knows. */
    let hasRoom: boolean | undefined;
    /** Whether the response to a creation under `ownId` was lost. */
    let creationUnknown = false;

    const registering = await retry<Registration | undefined>(async (signal) => {
      if (ownId !== undefined && creationUnknown) {
        const refreshed = await known.refresh(ownId, signal);
        if (refreshed.kind !== "done") return refreshed;
        creationUnknown = false;
        // It was created, and may have gone to another device since: it is no longer this request's to create.
        if (known.has(ownId)) ownId = undefined;
      }
      const listed = await list(hub, installation, content, signal);
      if (listed.kind !== "done") return listed;
      const seen = known.correct(listed.value).filter(
        // A registration that was read alone may have moved to another device since it was listed.
        (one) =>
          one.tags.some((tag) => tag.toLowerCase() === installation) ||
          (one.platform === platform && one.handle === handle),
      );
      const survivor = findSurvivor(seen, platform);

      // A registration that replaces others adds no device.
      const addsNone = survivor && isOf(survivor, userDigest) && !(isNew(survivor) && !seen[1]);
      if (hasRoom === undefined && written === undefined && !addsNone) {
        const room = await findRoom(hub, userDigest, seen, survivor, signal);
        if (room.kind !== "done") return room;
        hasRoom = room.value;
      }
      if (hasRoom === false) {
        // It must not go on to show what another user gets.
        const removals = await Promise.all(seen.map((one) => known.remove(one, signal)));
        return firstFailure(removals) ?? { kind: "done", value: undefined };
      }

      if (!survivor) {
        if (ownId === undefined) {
          const id = await hub.createId(signal);
          if (id.kind !== "done") return id;
          ownId = id.value;
        }
        const created = await hub.create(ownId, content, signal);
        creationUnknown = created.kind === "unavailable";
        if (created.kind === "gone") ownId = undefined;
        if (created.kind !== "done") return created;
        known.add(created.value);
        written = created.value.registrationId;
        return { kind: "retry" };
      }

      let registration = survivor;
      if (written !== survivor.registrationId) {
        const updated = await hub.update(survivor, content, signal);
        if (updated.kind === "gone" || updated.kind === "changed") {
          const refreshed = await known.refresh(survivor.registrationId, signal);
          if (refreshed.kind !== "done") return refreshed;
        }
        if (updated.kind !== "done") return updated;
        registration = updated.value;
        known.add(registration);
        written = registration.registrationId;
      }

      const extras = seen.filter(({ registrationId }) => registrationId !== written);
      const removals = await Promise.all(extras.map((extra) => known.remove(extra, signal)));
      return firstFailure(removals) ?? { kind: "done", value: registration };
    }, clock);
    if (registering.kind !== "done") return registering;
    const { value } = registering;
    return value === undefined ? { kind: "tooMany" } : { kind: "done", value };
  };
}

/**
 * Returns whether a registration was never written since its creation. ETags begin at 1 and count up, as the recordings of
 * the service in its SDKs' repositories show. If that ever changes, devices that register at once are no longer bounded.
 */
function isNew({ etag }: Registration): boolean {
  return etag === "1";
}

/**
 * Returns whether a user has room for a device.
 *
 * @param seen the device's registrations
 * @param survivor the one that it is to have, if there is one
 */
async function findRoom(
  hub: RegistrationHub,
  userDigest: string,
  seen: readonly Registration[],
  survivor: Registration | undefined,
  signal: AbortSignal,
): Promise<HubResult<boolean>> {
  const listed = await hub.listByTag(userTag(userDigest), signal);
  if (listed.kind !== "done") return listed;
  const own = new Set(seen.map(({ registrationId }) => registrationId));
  const others = listed.value.filter(({ registrationId }) => !own.has(registrationId));
  const isUsers = survivor !== undefined && isOf(survivor, userDigest);
  const before = isUsers
    ? others.filter((one) => !isNew(one) || one.registrationId < survivor.registrationId)
    : others;
  return { kind: "done", value: before.length < mostDevices };
}

/** Lists the registrations under an installation's tag and under a handle. */
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
  return { kind: "done", value: [...byTag.value, ...byHandle.value] };
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
