import {
  createClientContext,
  type NotificationHubsClientContext,
} from "@azure/notification-hubs/api";

export type HubClient = NotificationHubsClientContext;

/**
 * The one client of the hub in a process. It tries every call once: the SDK would repeat a send whose
 * answer got lost, and wait for as long as a `Retry-After` says.
 *
 * @param connectionString of an access policy with Manage, Listen and Send (listing needs Manage);
 * its endpoint may be plain http where the settings allow it, which is on loopback addresses
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
