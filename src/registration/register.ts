import type { HubResult } from "../hub/result.ts";
import { admittedTag, installationTag, topicTag, userTag } from "../hub/tags.ts";
import type { Platform } from "../platforms/platforms.ts";
import type { StorageFailure } from "../storage/failure.ts";
import type { Device } from "./device.ts";
import { checkQuota, isAdmitted, type QuotaCheck } from "./deviceQuota.ts";
import { createKnownRegistrations, firstFailure } from "./knownRegistrations.ts";
import type { Registration, RegistrationHub } from "./registrationHub.ts";
import { type Clock, realClock, retry } from "./retry.ts";
import { createRemoveDevice, isOf } from "./userRegistrations.ts";

export type Registering =
  | HubResult<Registration>
  /** The user has as many devices as a user may have, and this one is not registered. */
  | { readonly kind: "tooMany" }
  /** The user is being forgotten, and the device is not registered. */
  | { readonly kind: "forgotten" }
  /** Whether the user is being forgotten is unknown. The device may be registered. */
  | { readonly kind: "storage"; readonly failure: StorageFailure };

/** Reads the mark that a user was forgotten, if there is one. Its version changes with every write. */
export type ReadForgotten = (userDigest: string) => Promise<
  | {
      readonly kind: "done";
      readonly value: { readonly version: string; readonly isUnderWay: boolean } | undefined;
    }
  | StorageFailure
>;

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
 * see each other in the lists, so a device is looked at again when it registers again, until the lists show it: see
 * `deviceQuota.ts`. A device for which there is no room is unregistered.
 *
 * While a user is being forgotten, a registration that is written may escape the deletion. So the mark of forgetting is
 * read before and after, and if it shows that the user was forgotten meanwhile, the registration is deleted.
 */
export function createRegister(
  hub: RegistrationHub,
  readForgotten: ReadForgotten,
  clock: Clock = realClock,
): Register {
  const remove = createRemoveDevice(hub, clock);
  return async (userDigest, { installationId, platform, handle, topics }) => {
    const installation = installationTag(installationId);
    const tags = [installation, userTag(userDigest), ...topics.map(topicTag)];
    const contentWith = (isToBeAdmitted: boolean) => ({
      platform,
      handle,
      tags: isToBeAdmitted ? [...tags, admittedTag] : tags,
    });
    const known = createKnownRegistrations(hub);
    /** The registration onto which this request has written its content. It does not write it again. */
    let written: string | undefined;
    /** An id that the hub gave to this request and has not retired. */
    let ownId: string | undefined;
    /** Whether the user has room for the device, once the request knows. */
    let quota: QuotaCheck | undefined;
    /** The mark of forgetting from before this request wrote anything. */
    let before: Awaited<ReturnType<ReadForgotten>> | undefined;
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
      const [listed, mark] = await Promise.all([
        list(hub, installation, platform, handle, signal),
        before ?? readForgotten(userDigest),
      ]);
      before = mark;
      if (mark.kind !== "done") return { kind: "done", value: undefined };
      if (listed.kind !== "done") return listed;
      const seen = known.correct(listed.value).filter(
        // A registration that was read alone may have moved to another device since it was listed.
        (one) =>
          one.tags.some((tag) => tag.toLowerCase() === installation) ||
          (one.platform === platform && one.handle === handle),
      );
      const survivor = findSurvivor(seen, platform);

      const isUsers = survivor !== undefined && isOf(survivor, userDigest);
      const wasAdmitted = isUsers && isAdmitted(survivor);
      // A registration that replaces others adds no device. It is looked at when it is alone.
      if (!quota && written === undefined && !wasAdmitted && !(isUsers && seen.length > 1)) {
        const found = await checkQuota(hub, userDigest, seen, survivor, installation, signal);
        if (found.kind !== "done") return found;
        quota = found.value;
      }
      if (quota?.isWithin === false) {
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
        const created = await hub.create(ownId, contentWith(false), signal);
        creationUnknown = created.kind === "unavailable";
        if (created.kind === "gone") ownId = undefined;
        if (created.kind !== "done") return created;
        known.add(created.value);
        written = created.value.registrationId;
        return { kind: "retry" };
      }

      let registration = survivor;
      if (written !== survivor.registrationId) {
        const isToBeAdmitted = wasAdmitted || (isUsers && quota?.isListed === true);
        const updated = await hub.update(survivor, contentWith(isToBeAdmitted), signal);
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
    if (before !== undefined && before.kind !== "done") return { kind: "storage", failure: before };
    const { value } = registering;
    if (value === undefined) return { kind: "tooMany" };

    const after = await readForgotten(userDigest);
    if (after.kind !== "done") return { kind: "storage", failure: after };
    const isUnchanged = after.value?.version === before?.value?.version;
    if (isUnchanged && !after.value?.isUnderWay) return { kind: "done", value };
    // It may have gone to another user meanwhile, and stays then.
    const removal = await remove(userDigest, value.registrationId);
    return removal.kind === "done" ? { kind: "forgotten" } : removal;
  };
}

/** Lists the registrations under an installation's tag and under a handle. */
async function list(
  hub: RegistrationHub,
  tag: string,
  platform: Platform,
  handle: string,
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
