import type { HubResult } from "../hub/result.ts";
import { admittedTag, userTag } from "../hub/tags.ts";
import type { Registration, RegistrationHub } from "./registrationHub.ts";
import { isOf } from "./userRegistrations.ts";

/** The most devices of a user. */
export const mostDevices = 20;

/** What a look at a user's devices found. */
export interface QuotaCheck {
  /** Whether the user has room for the device. */
  readonly isWithin: boolean;
  /**
   * Whether the list shows the device. Then it shows every device that was registered before it, and the others will see
   * this one: so it need not be looked at again.
   */
  readonly isListed: boolean;
}

/** Returns whether a registration was found to have room, and needs no other look. */
export function isAdmitted({ tags }: Registration): boolean {
  return tags.some((tag) => tag.toLowerCase() === admittedTag);
}

/**
 * Looks whether a user has room for a device. Devices that register at once do not see each other in the hub's lists, so
 * those that are counted come first, and then those with smaller ids. Several registrations of an installation are one
 * device. Lists may be old: if they show too many, the registrations are read one by one, which is current.
 *
 * @param seen the device's registrations
 * @param survivor the one that it is to have, if there is one
 */
export async function checkQuota(
  hub: RegistrationHub,
  userDigest: string,
  seen: readonly Registration[],
  survivor: Registration | undefined,
  installation: string,
  signal: AbortSignal,
): Promise<HubResult<QuotaCheck>> {
  const listed = await hub.listByTag(userTag(userDigest), signal);
  if (listed.kind !== "done") return listed;
  const own = new Set(seen.map(({ registrationId }) => registrationId));
  const isUsers = survivor !== undefined && isOf(survivor, userDigest);
  const isListed = listed.value.some(
    (one) => isUsers && one.registrationId === survivor.registrationId,
  );
  const others = listed.value.filter(
    (one) =>
      one.platform !== "other" &&
      !own.has(one.registrationId) &&
      installationOf(one) !== installation,
  );
  if (devicesIn(others) < mostDevices) return { kind: "done", value: { isWithin: true, isListed } };
  const read = await Promise.all(others.map((one) => hub.get(one.registrationId, signal)));
  const failure = read.find(({ kind }) => kind !== "done" && kind !== "gone");
  if (failure !== undefined && failure.kind !== "done") return failure;
  const before = read
    .flatMap((one) => (one.kind === "done" ? [one.value] : []))
    .filter((one) => isOf(one, userDigest))
    .filter((one) => !isUsers || isAdmitted(one) || one.registrationId < survivor.registrationId);
  return { kind: "done", value: { isWithin: devicesIn(before) < mostDevices, isListed } };
}

/** Returns the number of devices in registrations. */
function devicesIn(registrations: readonly Registration[]): number {
  return new Set(registrations.map((one) => installationOf(one) ?? one.registrationId)).size;
}

function installationOf({ tags }: Registration): string | undefined {
  return tags.map((tag) => tag.toLowerCase()).find((tag) => tag.startsWith("installation:"));
}
