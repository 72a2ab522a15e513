import { createHash } from "node:crypto";
import type { RegistrationDescription } from "@azure/notification-hubs";
import { listRegistrations } from "@azure/notification-hubs/api";
import { createHubClient } from "../../src/hub/hubClient.ts";
import type { TestStack } from "./testStack.ts";

/** A registration in the hub, as the tests look at it. */
export interface HeldRegistration {
  readonly registrationId: string;
  readonly handle: string;
  readonly tags: readonly string[];
}

/** The hub as its SDK sees it, for what the app itself never does. */
export function hubContext({ addresses }: TestStack) {
  return createHubClient(addresses.hub.connectionString, addresses.hub.name);
}

/** Everything that is registered in the hub. */
export async function heldRegistrations(stack: TestStack): Promise<HeldRegistration[]> {
  const held: HeldRegistration[] = [];
  for await (const registration of listRegistrations(hubContext(stack))) {
    const { registrationId = "", tags = [] } = registration;
    held.push({ registrationId, tags, handle: handleOf(registration) });
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
      throw new Error(`The app never makes a registration of the kind ${registration.kind}.`);
  }
}

/** The tag of somebody who signed in at the stack's issuer. */
export function tagOf(username: string): string {
  return `user:${createHash("sha256").update(`local:${username}`).digest("hex")}`;
}

/** The tag of an installation. */
export function tagOfInstallation(installationId: string): string {
  return `installation:${createHash("sha256").update(installationId).digest("hex")}`;
}
