import { createHash } from "node:crypto";
import type { RegistrationDescription } from "@azure/notification-hubs";
import { listRegistrations } from "@azure/notification-hubs/api";
import { createHubClient } from "../../src/hub/hubClient.ts";
import { admittedTag } from "../../src/hub/tags.ts";
import type { TestStack } from "./testStack.ts";

/** The parts of a registration in the hub that tests check. */
export interface HeldRegistration {
  readonly registrationId: string;
  readonly handle: string;
  /** Without the mark of devices that are counted, which says nothing about whose they are. */
  readonly tags: readonly string[];
}

/** Returns an SDK client of the hub, for calls that the app itself never makes. */
export function hubContext({ addresses }: TestStack) {
  return createHubClient(addresses.hub.connectionString, addresses.hub.name);
}

/** Returns all registrations in the hub. */
export async function heldRegistrations(stack: TestStack): Promise<HeldRegistration[]> {
  const held: HeldRegistration[] = [];
  for await (const registration of listRegistrations(hubContext(stack))) {
    const { registrationId = "", tags = [] } = registration;
    const owners = tags.filter((tag) => tag !== admittedTag);
    held.push({ registrationId, tags: owners, handle: handleOf(registration) });
  }
  return held;
}

function handleOf(registration: RegistrationDescription): string {
  switch (registration.kind) {
    case "Windows":
      return registration.channelUri;
    case "Apple":
      return registration.deviceToken;
    case "FcmV1":
      return registration.fcmV1RegistrationId;
    default:
      throw new Error(`The hub has a registration of the unexpected kind ${registration.kind}.`);
  }
}

/** Returns the tag of a user of the stack's issuer. */
export function tagOf(username: string): string {
  return `user:${createHash("sha256").update(`local:${username}`).digest("hex")}`;
}

/** Returns the tag of an installation. */
export function tagOfInstallation(installationId: string): string {
  return `installation:${createHash("sha256").update(installationId).digest("hex")}`;
}
