import type { GetTokenOptions, TokenCredential } from "@azure/identity";
import { lazily } from "../lazily.ts";
import { NoIdentityError } from "./failure.ts";

/** The sentence for the operator. It contains nothing from the response of the identity's endpoint. */
const noIdentity =
  "No managed identity is available for the storage account: assign the app the identity that " +
  "AzureWebJobsStorage__clientId names, or set AzureWebJobsStorage to a connection string.";

/** Rejects when the signal of a call aborts. */
function aborted({ abortSignal }: GetTokenOptions = {}): Promise<never> {
  return new Promise((_, reject) => {
    abortSignal?.addEventListener("abort", () => {
      reject(new DOMException("The identity did not respond in time.", "AbortError"));
    });
  });
}

/**
 * Creates the credential of the app's managed identity. It loads `@azure/identity` for the first token, so
 * an app with a connection string starts without it. If it gets no token, it logs one sentence and throws.
 *
 * @param clientId the client id of a user-assigned identity; if absent, the identity is system-assigned
 */
export function createManagedIdentity(
  log: { error(message: string): void },
  clientId?: string,
): TokenCredential {
  const load = lazily("@azure/identity", async () => {
    const { ManagedIdentityCredential } = await import("@azure/identity");
    return clientId === undefined
      ? new ManagedIdentityCredential()
      : new ManagedIdentityCredential({ clientId });
  });

  return {
    async getToken(scopes, options) {
      const identity = await load();
      try {
        // The storage clients wait for a token however long it takes.
        return await Promise.race([identity.getToken(scopes, options), aborted(options)]);
      } catch (cause) {
        if (cause instanceof Error && cause.name === "AbortError") throw cause;
        log.error(noIdentity);
        throw new NoIdentityError(noIdentity, { cause });
      }
    },
  };
}
