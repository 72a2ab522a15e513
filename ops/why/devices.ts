import { causeOfHubStatus } from "../../diagnosis/cause.ts";
import type { Platform } from "../../src/hub/platform.ts";
import { userTag } from "../../src/hub/tags.ts";
import type { RegisteredDevice } from "../../src/registration/devices.ts";
import { createListDevices } from "../../src/registration/devices.ts";
import type { RegistrationHub } from "../../src/registration/registrationHub.ts";
import { faulty, type Step, sound } from "./step.ts";

/** Looks whether the hub answers, with the rights to list. */
export async function lookAtHub(hub: RegistrationHub, userDigest: string): Promise<Step> {
  const listed = await hub.listByTag(userTag(userDigest), AbortSignal.timeout(10_000));
  if (listed.kind === "done") return sound("hub", "The hub answers, and the app may list.");
  const status = "status" in listed ? listed.status : undefined;
  const answer = status === undefined ? "gives no answer" : `answers ${status}`;
  return faulty("hub", causeOfHubStatus(status), `The hub ${answer}.`);
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
  const isReached = devices.some(({ platform }) => platforms.includes(platform));
  const sent = `The app sends to ${platforms.join(", ")} (Push__platforms).`;
  const counted = `${devices.length} registered.`;
  return {
    step: isReached
      ? sound("devices", counted, ...says, sent)
      : faulty("devices", "platformOff", counted, ...says, sent),
    devices,
  };
}
