import type { HubFailure } from "../../src/hub/result.ts";
import { userTag } from "../../src/hub/tags.ts";
import type { Platform } from "../../src/platforms/platforms.ts";
import type { RegistrationHub } from "../../src/registration/registrationHub.ts";
import type { RegisteredDevice } from "../../src/registration/userRegistrations.ts";
import { createListDevices } from "../../src/registration/userRegistrations.ts";
import { faulty, type Step, sound } from "./step.ts";

/** Looks whether the hub answers, with the rights to list. */
export async function lookAtHub(hub: RegistrationHub, userDigest: string): Promise<Step> {
  const listed = await hub.listByTag(userTag(userDigest), AbortSignal.timeout(10_000));
  if (listed.kind === "done") return sound("hub", "The hub answers, and the app may list.");
  return faulty("hub", causeOfFailure(listed), saysOf(listed));
}

/** Returns the cause for a failed call. A hub that asks to wait is busy, whatever its status. */
export function causeOfFailure({ kind }: HubFailure): "hubRefuses" | "hubDown" | "payloadRefused" {
  if (kind === "refused") return "payloadRefused";
  return kind === "credentials" ? "hubRefuses" : "hubDown";
}

/** Returns what the hub did instead, as a sentence. */
export function saysOf(failure: HubFailure): string {
  const status = "status" in failure ? failure.status : undefined;
  return status === undefined ? "The hub gives no answer." : `The hub answers ${status}.`;
}

/** Looks which devices a user has, and whether the app sends to their platforms. */
export async function lookAtDevices(
  hub: RegistrationHub,
  userDigest: string,
  platforms: readonly Platform[],
): Promise<{ readonly step: Step; readonly devices: readonly RegisteredDevice[] }> {
  const listed = await createListDevices(hub)(userDigest);
  if (listed.kind !== "done") {
    return { step: faulty("devices", "hubDown", "The hub does not list them."), devices: [] };
  }
  const devices = listed.value;
  const says = devices.map(
    ({ platform, registrationId, topics }) =>
      `${platform}, registration ${registrationId}${topics.length === 0 ? "" : `, topics ${topics.join(", ")}`}`,
  );
  if (devices.length === 0) {
    return { step: faulty("devices", "noDevice", "No registration has the user's tag."), devices };
  }
  const off = new Set(devices.map((one) => one.platform).filter((one) => !platforms.includes(one)));
  const sent = `The app sends to ${platforms.join(", ")} (Push__platforms).`;
  const counted = `${devices.length} registered.`;
  return {
    step:
      off.size === 0
        ? sound("devices", counted, ...says, sent)
        : faulty(
            "devices",
            "platformOff",
            counted,
            ...says,
            sent,
            `Not to ${[...off].join(", ")}.`,
          ),
    devices,
  };
}
