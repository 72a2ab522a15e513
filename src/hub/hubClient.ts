import { createHttpHeaders, type HttpHeaders } from "@azure/core-rest-pipeline";
import {
  createClientContext,
  type NotificationHubsClientContext,
} from "@azure/notification-hubs/api";
import { httpClient } from "../http/httpClient.ts";

export type HubClient = NotificationHubsClientContext;

/**
 * How long a signature is used, in milliseconds of the monotonic clock. The SDK makes signatures that are valid for an
 * hour.
 */
const signatureLife = 30 * 60_000;

/**
 * Creates the client of the hub, one for each process. It tries every call once. With retries, the SDK would
 * repeat a send whose response was lost, and would wait as long as a `Retry-After` header says.
 *
 * It sends without the SDK's pipeline, whose policies would do nothing here, and uses a signature for many calls,
 * because each costs more processor time than a send.
 *
 * @param connectionString of an access policy with Manage, Listen and Send (listing needs Manage);
 * the settings allow a plain http endpoint only on loopback addresses
 */
export function createHubClient(connectionString: string, name: string): HubClient {
  const signing = createClientContext(connectionString, name);
  /** Signed headers by operation, which the SDK names in a header. */
  const signed = new Map<
    string,
    { readonly headers: Promise<HttpHeaders>; readonly until: number }
  >();

  function sign(operation: string): Promise<HttpHeaders> {
    const known = signed.get(operation);
    if (known && performance.now() < known.until) return known.headers;
    const headers = signing.createHeaders(operation);
    signed.set(operation, { headers, until: performance.now() + signatureLife });
    return headers;
  }

  return {
    requestUrl: () => signing.requestUrl(),
    async createHeaders(operation, more) {
      return createHttpHeaders({ ...(await sign(operation)).toJSON(), ...more });
    },
    sendRequest: (request) => httpClient.sendRequest(request),
  };
}
