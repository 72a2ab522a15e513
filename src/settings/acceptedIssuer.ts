/** An issuer whose tokens this app accepts. */
export interface AcceptedIssuer {
  /** The prefix of its users' ids, such as `google`. */
  readonly provider: string;
  /** The accepted values of the `iss` claim: every spelling of the issuer's name. */
  readonly issuers: readonly [string, ...string[]];
  /** The `aud` claim must contain one of these. */
  readonly audiences: readonly [string, ...string[]];
  /** The address of its keys. If absent, it comes from the issuer's discovery document. */
  readonly jwksUri?: string;
  /** The claim that identifies the user. */
  readonly subjectClaim: "sub" | "oid";
  /** The required value of the `tid` claim, a lowercase GUID: each Entra tenant is a separate issuer. */
  readonly tenantId?: string;
}

/** The properties of an {@link AcceptedIssuer} that the issuer defines. */
export type IssuerIdentity = Pick<AcceptedIssuer, "issuers" | "jwksUri" | "tenantId">;

/**
 * Issuers with built-in names and key addresses, taken from their discovery documents. The Facebook issuer
 * is that of Limited Login, which uses two hosts. Google writes its name with and without the scheme
 * (https://developers.google.com/identity/openid-connect/openid-connect#validatinganidtoken).
 */
export const knownIssuers: ReadonlyMap<string, IssuerIdentity> = new Map<string, IssuerIdentity>([
  [
    "facebook",
    {
      issuers: ["https://www.facebook.com", "https://limited.facebook.com"],
      jwksUri: "https://limited.facebook.com/.well-known/oauth/openid/jwks/",
    },
  ],
  [
    "google",
    {
      issuers: ["https://accounts.google.com", "accounts.google.com"],
      jwksUri: "https://www.googleapis.com/oauth2/v3/certs",
    },
  ],
  [
    "apple",
    { issuers: ["https://appleid.apple.com"], jwksUri: "https://appleid.apple.com/auth/keys" },
  ],
]);

/**
 * Returns Microsoft Entra's issuer for one tenant and version 2.0 tokens.
 *
 * @param tenantId a GUID
 */
export function entraIssuer(tenantId: string): IssuerIdentity {
  const tenant = tenantId.toLowerCase();
  const authority = `https://login.microsoftonline.com/${tenant}`;
  return {
    issuers: [`${authority}/v2.0`],
    jwksUri: `${authority}/discovery/v2.0/keys`,
    tenantId: tenant,
  };
}
