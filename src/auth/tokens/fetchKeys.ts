import { createPublicKey } from "node:crypto";
import { JwksClient, JwksError } from "jwks-rsa";
import type { AcceptedIssuer } from "./acceptedIssuer.ts";
import { fetchDocument } from "./fetchDocument.ts";
import { isStrong, type SigningKey } from "./signingKey.ts";

/** Fetches the keys that an issuer publishes now. Rejects with an Error where that fails. */
export type FetchKeys = () => Promise<readonly SigningKey[]>;

/** How long an issuer may take to answer, for its discovery document and its keys, in milliseconds. */
const fetchDeadline = 5_000;

/**
 * Fetches the keys of one issuer from where the settings or its discovery document say, and from
 * nowhere else. Keys that are not for signatures (jwks-rsa drops them), and weak ones, are left out.
 */
export function createFetchKeys({
  issuers: [issuer],
  jwksUri,
}: Pick<AcceptedIssuer, "issuers" | "jwksUri">): FetchKeys {
  const client = new JwksClient({
    cache: false,
    fetcher: async () => {
      const signal = AbortSignal.timeout(fetchDeadline);
      const { keys } = await fetchDocument(jwksUri ?? (await discover(issuer, signal)), signal);
      if (!Array.isArray(keys)) throw new Error("The issuer's document is not a set of keys.");
      // One that is not even an object would keep jwks-rsa from reading the others.
      return { keys: keys.filter((key) => typeof key === "object" && key !== null) };
    },
  });
  return async () => {
    const keys = await client.getSigningKeys().catch((error: unknown) => {
      // The issuer answered that it has no key, which is no failure to answer.
      if (error instanceof JwksError) return [];
      throw error;
    });
    return keys
      .map((key) => ({
        kid: key.kid,
        alg: key.alg,
        publicKey: createPublicKey(key.getPublicKey()),
      }))
      .filter(isStrong);
  };
}

/** Asks the issuer's discovery document where its keys are (OpenID Connect Discovery 1.0, section 4). */
async function discover(issuer: string, signal: AbortSignal): Promise<string> {
  const address = `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
  const document = await fetchDocument(address, signal);
  // Section 4.3: the issuer in the document must be the one that was asked for.
  if (document["issuer"] !== issuer || typeof document["jwks_uri"] !== "string") {
    throw new Error("The discovery document is not that of the configured issuer.");
  }
  return document["jwks_uri"];
}
