/** An issuer whose tokens are accepted. */
export interface AcceptedIssuer {
  /** The first part of its users' ids, such as `google`. */
  readonly provider: string;
  /** What the `iss` claim may say: the issuer's name, in each of its spellings. */
  readonly issuers: readonly [string, ...string[]];
  /** The `aud` claim has to name one of these. */
  readonly audiences: readonly [string, ...string[]];
  /** Where its keys are. Without it the issuer's discovery document says so. */
  readonly jwksUri?: string;
  /** The claim that names the user. */
  readonly subjectClaim: "sub" | "oid";
  /** What the `tid` claim has to say, a GUID in lower case: Entra's issuers are tenants. */
  readonly tenantId?: string;
}

/** The issuer's own part of an {@link AcceptedIssuer}. */
export type IssuerIdentity = Pick<AcceptedIssuer, "issuers" | "jwksUri" | "tenantId">;

/**
 * The issuers whose name and keys need not be configured, from their discovery documents. Facebook's
 * is that of Limited Login, under both of its hosts; Google writes its name with and without the scheme
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
 * Microsoft Entra's issuer for one tenant, version 2.0 of its tokens.
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
