import type { TokenCredential } from "@azure/identity";

/** What the operator reads. It holds nothing of what the identity's endpoint answered. */
const noIdentity =
  "No managed identity is at hand for the storage account: assign the identity that " +
  "AzureWebJobsStorage__clientId names to the app, or put a connection string in AzureWebJobsStorage.";

/**
 * The app's managed identity. `@azure/identity` is loaded when the first token is wanted, so that an app
 * with a connection string starts without it. A failure to get a token is logged in one sentence and thrown.
 *
 * @param clientId of a user-assigned identity; without it, the system-assigned one
 */
export function createManagedIdentity(
  log: { error(message: string): void },
  clientId?: string,
): TokenCredential {
  let loading: Promise<TokenCredential> | undefined;

  async function load(): Promise<TokenCredential> {
    const { ManagedIdentityCredential } = await import("@azure/identity");
    return clientId === undefined
      ? new ManagedIdentityCredential()
      : new ManagedIdentityCredential({ clientId });
  }

  return {
    async getToken(scopes, options) {
      loading ??= load();
      const identity = await loading;
      try {
        return await identity.getToken(scopes, options);
      } catch (cause) {
        log.error(noIdentity);
        throw new Error(noIdentity, { cause });
      }
    },
  };
}
