import type { HubResult } from "../hub/result.ts";
import { installationTag, topicOf, userTag } from "../hub/tags.ts";
import type { Platform } from "../platforms/platforms.ts";
import type { Registration, RegistrationHub } from "./registrationHub.ts";
import { type Clock, realClock, retry } from "./retry.ts";

/** A registration, as its user sees it: without the handle and the installation's id, which are secrets of the device. */
export interface RegisteredDevice {
  readonly registrationId: string;
  readonly platform: Platform;
  readonly topics: readonly string[];
  /** Whether it is the installation that asks. */
  readonly thisInstallation: boolean;
}

/** @param installationId of the caller, if the caller named it */
export type ListDevices = (
  userDigest: string,
  installationId?: string,
) => Promise<HubResult<readonly RegisteredDevice[]>>;

/** Lists a user's registrations, ordered by id. The hub's list may be some seconds old. */
export function createListDevices(hub: RegistrationHub, clock: Clock = realClock): ListDevices {
  return async (userDigest, installationId) => {
    const listed = await retry((signal) => hub.listByTag(userTag(userDigest), signal), clock);
    if (listed.kind !== "done") return listed;
    const own = installationId === undefined ? undefined : installationTag(installationId);
    const devices = listed.value
      .filter((registration) => isOf(registration, userDigest))
      .flatMap(({ registrationId, platform, tags }) =>
        platform === "other"
          ? []
          : [
              {
                registrationId,
                platform,
                topics: tags.flatMap((tag) => topicOf(tag) ?? []),
                thisInstallation: own !== undefined && tags.includes(own),
              },
            ],
      )
      .sort((a, b) => (a.registrationId < b.registrationId ? -1 : 1));
    return { kind: "done", value: devices };
  };
}

export type RemoveDevice = (
  userDigest: string,
  registrationId: string,
) => Promise<HubResult<"removed" | "absent">>;

/**
 * Deletes a registration if it is the user's. It is read alone, because single reads are current, and deleted under the
 * ETag that was read: a device that has just gone to another user stays registered.
 */
export function createRemoveDevice(hub: RegistrationHub, clock: Clock = realClock): RemoveDevice {
  return (userDigest, registrationId) => {
    /** Whether this request has tried to delete it: the response may have been lost. */
    let isTried = false;
    return retry(async (signal) => {
      const read = await hub.get(registrationId, signal);
      if (read.kind === "gone") return { kind: "done", value: isTried ? "removed" : "absent" };
      if (read.kind !== "done") return read;
      if (!isOf(read.value, userDigest)) return { kind: "done", value: "absent" };
      isTried = true;
      const removal = await hub.remove(read.value, signal);
      return removal.kind === "done" ? { kind: "done", value: "removed" } : removal;
    }, clock);
  };
}

/** Returns whether a registration belongs to a user. The hub compares tags without regard to case. */
export function isOf({ tags }: Registration, userDigest: string): boolean {
  return tags.some((tag) => tag.toLowerCase() === userTag(userDigest));
}
