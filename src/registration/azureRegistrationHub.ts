import type { RegistrationDescription, RegistrationQueryOptions } from "@azure/notification-hubs";
import {
  createOrUpdateRegistration,
  createRegistrationId,
  deleteRegistration,
  getRegistration,
  listRegistrations,
  listRegistrationsByTag,
  updateRegistration,
} from "@azure/notification-hubs/api";
import type { HubClient } from "../hub/hubClient.ts";
import { callHub } from "../hub/result.ts";
import { type Platform, platformEntries, platforms } from "../platforms/platforms.ts";
import type { Registration, RegistrationContent, RegistrationHub } from "./registrationHub.ts";

/** The time limit of one call, in milliseconds. It is short enough for a retry within a request. */
const callDeadline = 4_000;

/** The hub's latest date, which means never. */
const never = "9999-12-31T23:59:59.999Z";

/** Implements {@link RegistrationHub} with a notification hub. */
export function createRegistrationHub(client: HubClient): RegistrationHub {
  return {
    listByTag(tag, signal) {
      return callHub("hub", () => readAll(listRegistrationsByTag(client, tag, within(signal))));
    },
    listByHandle(platform, handle, signal) {
      // The SDK's own listing by channel encodes a Windows channel URI twice.
      const { filterMember } = platformEntries[platform].hub;
      const filter = `${filterMember} eq '${handle.replaceAll("'", "''")}'`;
      // The parameter's declared type has no filter, but the SDK's code uses it.
      const options: RegistrationQueryOptions = { filter, ...within(signal) };
      return callHub("hub", () => readAll(listRegistrations(client, options)));
    },
    get(registrationId, signal) {
      return callHub("registration", async () =>
        read(await getRegistration(client, registrationId, within(signal))),
      );
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

/** Returns the options of a call that ends at the signal or at its own deadline. */
function within(signal: AbortSignal): { abortSignal: AbortSignal } {
  return { abortSignal: AbortSignal.any([signal, AbortSignal.timeout(callDeadline)]) };
}

/** Creates a new description at every call, because the SDK removes the id from its argument. */
function describe({ platform, handle, tags }: RegistrationContent): RegistrationDescription {
  return platformEntries[platform].hub.registration(handle, [...tags]);
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
  // The SDK takes an entry without them for a registration.
  if (registrationId === "" || etag === "") throw new Error("The response is not a registration.");
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
  for (const platform of platforms) {
    const handle = platformEntries[platform].hub.handleOf(description);
    if (handle !== undefined) return { platform, handle };
  }
  return { platform: "other", handle: "" };
}
