import {
  createAppleRegistrationDescription,
  createFcmV1RegistrationDescription,
  createWindowsRegistrationDescription,
  type RegistrationDescription,
  type RegistrationQueryOptions,
} from "@azure/notification-hubs";
import {
  createOrUpdateRegistration,
  createRegistrationId,
  deleteRegistration,
  listRegistrations,
  listRegistrationsByTag,
  updateRegistration,
} from "@azure/notification-hubs/api";
import type { HubClient } from "../hub/hubClient.ts";
import type { Platform } from "../hub/platform.ts";
import { callHub } from "../hub/result.ts";
import type { Registration, RegistrationContent, RegistrationHub } from "./registrationHub.ts";

/** The member of a registration that holds the handle, in the hub's filters. */
const handleMembers = { wns: "ChannelUri", apns: "DeviceToken", fcmv1: "FcmV1RegistrationId" };

/** How long one call may take, in milliseconds: short enough for another try within a request. */
const callDeadline = 4_000;

/** The last instant that the hub's dates reach: its way of saying never. */
const never = "9999-12-31T23:59:59.999Z";

/** Fulfils what registering needs, on a notification hub. */
export function createRegistrationHub(client: HubClient): RegistrationHub {
  return {
    listByTag(tag, signal) {
      return callHub("hub", () => readAll(listRegistrationsByTag(client, tag, within(signal))));
    },
    listByHandle(platform, handle, signal) {
      // The SDK's own listing by channel encodes a Windows address twice.
      const filter = `${handleMembers[platform]} eq '${handle.replaceAll("'", "''")}'`;
      // The declared type of the options has no filter, the code has.
      const options: RegistrationQueryOptions = { filter, ...within(signal) };
      return callHub("hub", () => readAll(listRegistrations(client, options)));
    },
    createId(signal) {
      return callHub("hub", () => createRegistrationId(client, within(signal)));
    },
    create(registrationId, content, signal) {
      const description = { ...describe(content), registrationId };
      return callHub("registration", async () =>
        read(await createOrUpdateRegistration(client, description, within(signal))),
      );
    },
    update({ registrationId, etag }, content, signal) {
      const description = { ...describe(content), registrationId, etag };
      return callHub("registration", async () =>
        read(await updateRegistration(client, description, within(signal))),
      );
    },
    remove({ registrationId, etag }, signal) {
      return callHub("registration", async () => {
        await deleteRegistration(client, registrationId, { etag, ...within(signal) });
      });
    },
  };
}

/** The options of a call that ends with the signal, or at its own deadline. */
function within(signal: AbortSignal): { abortSignal: AbortSignal } {
  return { abortSignal: AbortSignal.any([signal, AbortSignal.timeout(callDeadline)]) };
}

/** A new object at every call: the SDK takes the id off the one it is given. */
function describe({ platform, handle, tags }: RegistrationContent): RegistrationDescription {
  switch (platform) {
    case "wns":
      return createWindowsRegistrationDescription({ channelUri: handle, tags: [...tags] });
    case "apns":
      return createAppleRegistrationDescription({ deviceToken: handle, tags: [...tags] });
    case "fcmv1":
      return createFcmV1RegistrationDescription({ fcmV1RegistrationId: handle, tags: [...tags] });
  }
}

async function readAll(
  registrations: AsyncIterable<RegistrationDescription>,
): Promise<Registration[]> {
  const all: Registration[] = [];
  for await (const registration of registrations) all.push(read(registration));
  return all;
}

function read(description: RegistrationDescription): Registration {
  const { registrationId = "", etag = "", tags = [], expirationTime } = description;
  const time = expirationTime?.getTime() ?? Number.NaN;
  return {
    ...readHandle(description),
    registrationId,
    etag,
    tags,
    expirationTime: time < Date.parse(never) ? new Date(time).toISOString() : never,
  };
}

function readHandle(description: RegistrationDescription): {
  platform: Platform | "other";
  handle: string;
} {
  switch (description.kind) {
    case "Windows":
      return { platform: "wns", handle: description.channelUri };
    case "Apple":
      return { platform: "apns", handle: description.deviceToken };
    case "FcmV1":
      return { platform: "fcmv1", handle: description.fcmV1RegistrationId };
    default:
      return { platform: "other", handle: "" };
  }
}
