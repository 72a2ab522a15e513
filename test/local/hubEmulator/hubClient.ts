import { createHmac, randomUUID } from "node:crypto";
import { NotificationHubsClient } from "@azure/notification-hubs";
import { allowInsecureConnection } from "../../../local/hubEmulator/allowInsecureConnection.ts";

/** A hub to test, emulated or live. */
export interface HubAddress {
  readonly connectionString: string;
  readonly name: string;
}

/** Creates an SDK client that does not retry and may use plain http. */
export function createSdkClient({ connectionString, name }: HubAddress): NotificationHubsClient {
  return new NotificationHubsClient(connectionString, name, {
    retryOptions: { maxRetries: 0 },
    additionalPolicies: [allowInsecureConnection],
  });
}

export interface Signing {
  readonly keyName?: string;
  readonly key?: string;
  /** Unix time in seconds. */
  readonly expires?: number;
  /** URL-encoded, as `sr` contains it. */
  readonly audience?: string;
}

/** Returns the endpoint of a connection string, such as `http://127.0.0.1:7072/`. */
export function endpointOf({ connectionString }: HubAddress): string {
  return fieldOf(connectionString, "Endpoint").replace("sb://", "https://");
}

function fieldOf(connectionString: string, name: string): string {
  const field = connectionString.split(";").find((part) => part.startsWith(`${name}=`));
  return field?.slice(name.length + 1) ?? "";
}

/** Builds a shared access signature without the SDK. Omitted fields get valid values. */
export function sign(hub: HubAddress, signing: Signing = {}): string {
  const {
    keyName = fieldOf(hub.connectionString, "SharedAccessKeyName"),
    key = fieldOf(hub.connectionString, "SharedAccessKey"),
    expires = Math.floor(Date.now() / 1_000) + 600,
    audience = encodeURIComponent(endpointOf(hub).toLowerCase()),
  } = signing;
  const signature = createHmac("sha256", key).update(`${audience}\n${expires}`).digest("base64");
  const sig = encodeURIComponent(signature);
  return `SharedAccessSignature sr=${audience}&sig=${sig}&se=${expires}&skn=${encodeURIComponent(keyName)}`;
}

/** Sends one signed request to the hub; `path` follows the hub's name. */
export function callHub(
  hub: HubAddress,
  method: string,
  path: string,
  options: { readonly headers?: Record<string, string>; readonly body?: string } = {},
): Promise<Response> {
  const url = `${endpointOf(hub)}${hub.name}${path}`;
  return fetch(url, {
    method,
    headers: { authorization: sign(hub), ...options.headers },
    ...(options.body !== undefined && { body: options.body }),
  });
}

/** Builds an Atom entry around a registration description. */
export function atomEntry(kind: string, members: string): string {
  return `<?xml version="1.0" encoding="utf-8"?><entry xmlns="http://www.w3.org/2005/Atom"><content type="application/xml"><${kind}RegistrationDescription xmlns="http://schemas.microsoft.com/netservices/2010/10/servicebus/connect">${members}</${kind}RegistrationDescription></content></entry>`;
}

/** Returns a unique tag. */
export function newTag(): string {
  return `test:${randomUUID()}`;
}

/** Returns a unique device token. */
export function newDeviceToken(): string {
  return `${randomUUID()}${randomUUID()}`.replaceAll("-", "").toUpperCase();
}
