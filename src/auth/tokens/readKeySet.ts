import { JwksClient, JwksError, type SigningKey } from "jwks-rsa";

/** Fetches a set of keys and reads its signing keys. Rejects if the fetch fails. */
export async function readKeySet(
  fetcher: () => Promise<{ keys: unknown }>,
): Promise<readonly SigningKey[]> {
  const client = new JwksClient({ cache: false, fetcher });
  return client.getSigningKeys().catch((error: unknown) => {
    // The issuer responded without a signing key, which is not a failed fetch.
    if (error instanceof JwksError) return [];
    throw error;
  });
}
