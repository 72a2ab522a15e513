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
    additionalPolicies: [
      {
        position: "perCall",
        policy: {
          name: "allowInsecureConnection",
          sendRequest(request, next) {
            request.allowInsecureConnection = true;
            return next(request);
          },
        },
      },
    ],
  });
}
