import {
  createClientContext,
  type NotificationHubsClientContext,
} from "@azure/notification-hubs/api";

export type HubClient = NotificationHubsClientContext;

/**
 * Creates the client of the hub, one for each process. It tries every call once. With retries, the SDK would
 * repeat a send whose response was lost, and would wait as long as a `Retry-After` header says.
 *
 * @param connectionString of an access policy with Manage, Listen and Send (listing needs Manage);
 * the settings allow a plain http endpoint only on loopback addresses
 */
export function createHubClient(connectionString: string, name: string): HubClient {
  return createClientContext(connectionString, name, {
    retryOptions: { maxRetries: 0 },
    redirectOptions: { maxRetries: 0 },
    additionalPolicies: [
      {
        position: "perCall",
        policy: {
          name: "plainConnection",
          sendRequest(request, next) {
            request.allowInsecureConnection = true;
            // The SDK never settles if the connection breaks within a compressed body.
            request.headers.delete("accept-encoding");
            return next(request);
          },
        },
      },
    ],
  });
}
