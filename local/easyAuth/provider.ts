import type { JwtPayload } from "jsonwebtoken";

/** A claim, with the name that the platform gives it. */
export interface Claim {
  readonly typ: string;
  readonly val: string;
}

/** An identity provider of App Service Authentication. */
export interface Provider {
  /** Its name in the platform's routes and headers. */
  readonly name: string;
  /** The members of a POST body that may hold the token. Error messages name the first one. */
  readonly tokenMembers: readonly [string, ...string[]];
  /** Returns the claims of a token that the platform passes to the app. */
  claimsOf(token: JwtPayload): readonly Claim[];
}

const soap = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims";
const microsoft = "http://schemas.microsoft.com/identity/claims";

/** The claim that identifies the user, unless the provider is Entra. */
export const nameIdentifier = `${soap}/nameidentifier`;
export const objectIdentifier = `${microsoft}/objectidentifier`;

/** The claim with the user's display name, if the platform does not leave it as `name`. */
export const nameClaim = `${soap}/name`;

/** The Entra tenant of every user here. */
const tenantId = "10ca1000-0000-4000-8000-000000000000";

/** The claims that `/.auth/me` was seen to return for these three, with the platform's names. */
const social = ({ sub = "", name = sub }: JwtPayload): readonly Claim[] => [
  { typ: nameIdentifier, val: sub },
  { typ: `${soap}/emailaddress`, val: `${encodeURIComponent(sub)}@example.com` },
  { typ: nameClaim, val: name },
];

const entra = ({ sub = "", name = sub, oid }: JwtPayload): readonly Claim[] => [
  { typ: "iss", val: `https://login.microsoftonline.com/${tenantId}/v2.0` },
  // This id differs in every app, so it does not identify the user.
  { typ: nameIdentifier, val: `pairwise-${sub}` },
  { typ: objectIdentifier, val: String(oid) },
  { typ: `${microsoft}/tenantid`, val: tenantId },
  { typ: "name", val: name },
  { typ: "preferred_username", val: `${encodeURIComponent(sub)}@example.com` },
];

/** Returns every claim that is a string or a number, with `sub` under the platform's name. */
const openId = (token: JwtPayload): readonly Claim[] =>
  Object.entries(token).flatMap(([claim, value]) =>
    typeof value === "string" || typeof value === "number"
      ? [{ typ: claim === "sub" ? nameIdentifier : claim, val: String(value) }]
      : [],
  );

const all: readonly Provider[] = [
  { name: "facebook", tokenMembers: ["access_token"], claimsOf: social },
  { name: "google", tokenMembers: ["id_token"], claimsOf: social },
  { name: "apple", tokenMembers: ["id_token"], claimsOf: social },
  { name: "aad", tokenMembers: ["access_token"], claimsOf: entra },
  { name: "local", tokenMembers: ["id_token", "access_token"], claimsOf: openId },
];

/**
 * The providers, keyed by name. The local issuer simulates all of them. Clients post the documented bodies
 * (https://learn.microsoft.com/azure/app-service/configure-authentication-customize-sign-in-out).
 * `local` is a custom OpenID Connect provider. It has the same users as `Auth__local__issuer`, because the
 * name is the same.
 */
export const providers: ReadonlyMap<string, Provider> = new Map(
  all.map((provider) => [provider.name, provider]),
);
