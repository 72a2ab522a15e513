import { createPublicKey } from "node:crypto";
import type { AcceptedIssuer } from "../../settings/acceptedIssuer.ts";
import { fetchDocument } from "./fetchDocument.ts";
import { isStrong, type SigningKey } from "./signingKey.ts";

/** Fetches the keys that an issuer currently publishes. Rejects with an Error if the fetch fails. */
export type FetchKeys = () => Promise<readonly SigningKey[]>;

/** The time limit for an issuer's discovery document and keys together, in milliseconds. */
const fetchDeadline = 5_000;

/**
 * Creates a function that fetches one issuer's keys, only from the address in the settings or in the
 * issuer's discovery document. Omits weak keys and keys that are not for signatures (jwks-rsa drops these).
 */
export function createFetchKeys({
  issuers: [issuer],
  jwksUri,
}: Pick<AcceptedIssuer, "issuers" | "jwksUri">): FetchKeys {
  async function fetchKeySet() {
    const signal = AbortSignal.timeout(fetchDeadline);
    const { keys } = await fetchDocument(jwksUri ?? (await discover(issuer, signal)), signal);
    if (!Array.isArray(keys)) throw new Error("The issuer's document is not a set of keys.");
    // A key that is not an object would stop jwks-rsa from reading the other keys.
    const objects = keys.filter((key) => typeof key === "object" && key !== null);
    // Some issuers write an absent use as an empty text, which jwks-rsa takes for another use.
    return { keys: objects.map(({ use, ...key }) => (use ? { ...key, use } : key)) };
  }

  return async () => {
    // Loaded for the first token, because a start does not need it.
    const { readKeySet } = await import("./readKeySet.ts");
    const keys = await readKeySet(fetchKeySet);
    return keys
      .map((key) => ({
        kid: key.kid,
        alg: key.alg,
        publicKey: createPublicKey(key.getPublicKey()),
      }))
      .filter(isStrong);
  };
}

/** Reads the address of the keys from the discovery document (OpenID Connect Discovery 1.0, section 4). */
async function discover(issuer: string, signal: AbortSignal): Promise<string> {
  const address = `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
  const document = await fetchDocument(address, signal);
  // Section 4.3: the issuer in the document must be the requested issuer.
  if (document["issuer"] !== issuer || typeof document["jwks_uri"] !== "string") {
    throw new Error("The discovery document does not name the configured issuer and a jwks_uri.");
  }
  return document["jwks_uri"];
}
