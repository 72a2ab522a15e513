import { JwksClient } from "jwks-rsa";
import type { AcceptedIssuer } from "./acceptedIssuer.ts";

/** A key of an issuer, looked up by the `kid` that a token names. */
export type SigningKey =
  | { readonly kind: "found"; readonly publicKey: string }
  | { readonly kind: "unknown" }
  | { readonly kind: "unavailable" };

export type SigningKeys = (kid: string | undefined) => Promise<SigningKey>;

/** How long the issuer may take to answer, in milliseconds. */
const fetchDeadline = 5_000;

/** The failures of jwks-rsa that mean that the issuer answered and has no such key. */
const unknownKeyErrors = new Set(["SigningKeyNotFoundError", "JwksRateLimitError"]);

/**
 * The keys of one issuer, fetched when a token first needs one and kept for 10 minutes. Tokens with
 * made-up key ids cost the issuer at most 10 requests a minute.
 */
export function createSigningKeys(issuer: AcceptedIssuer): SigningKeys {
  const client = new JwksClient({
    cache: true,
    rateLimit: true,
    jwksUri: issuer.jwksUri ?? issuer.issuers[0],
    fetcher: async () => fetchJson(issuer.jwksUri ?? (await discoverJwksUri(issuer.issuers[0]))),
  });
  return async (kid) => {
    try {
      const key = await client.getSigningKey(kid);
      return { kind: "found", publicKey: key.getPublicKey() };
    } catch (error) {
      const unknown = error instanceof Error && unknownKeyErrors.has(error.name);
      return { kind: unknown ? "unknown" : "unavailable" };
    }
  };
}

/** Asks the issuer's discovery document where its keys are (OpenID Connect Discovery 1.0, section 4). */
async function discoverJwksUri(issuer: string): Promise<string> {
  const document = await fetchJson(`${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`);
  // Section 4.3: the issuer in the document must be the one that was asked for.
  if (document["issuer"] !== issuer || typeof document["jwks_uri"] !== "string") {
    throw new Error("The discovery document is not that of the configured issuer.");
  }
  return document["jwks_uri"];
}

async function fetchJson(url: string): Promise<Record<string, unknown> & { keys: unknown }> {
  const response = await fetch(url, {
    redirect: "error",
    headers: { accept: "application/json" },
    signal: AbortSignal.timeout(fetchDeadline),
  });
  if (!response.ok) throw new Error(`The issuer answered ${response.status}.`);
  const document: unknown = await response.json();
  if (typeof document !== "object" || document === null) {
    throw new Error("The issuer answered something that is not a JSON object.");
  }
  return { keys: undefined, ...document };
}
