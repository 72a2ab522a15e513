import type { JwtPayload } from "jsonwebtoken";

/** A claim, under the name that the platform gives it. */
export interface Claim {
  readonly typ: string;
  readonly val: string;
}

/** An identity provider, as App Service Authentication knows it. */
export interface Provider {
  /** Its name in the platform's routes and headers. */
  readonly name: string;
  /** The members of a POST's body that may hold its token, the one that is asked for first. */
  readonly tokenMembers: readonly [string, ...string[]];
  /** What the platform passes on of its token's claims. */
  claimsOf(token: JwtPayload): readonly Claim[];
}

const soap = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims";
const microsoft = "http://schemas.microsoft.com/identity/claims";

/** The claim that names the person, where the provider is not Entra. */
export const nameIdentifier = `${soap}/nameidentifier`;
export const objectIdentifier = `${microsoft}/objectidentifier`;

/** What people call them, where it is not left as `name`. */
export const nameClaim = `${soap}/name`;

/** The tenant of everybody here. */
const tenantId = "10ca1000-0000-4000-8000-000000000000";

/** What `/.auth/me` has been seen to say of people of these three, under the platform's names. */
const social = ({ sub = "", name = sub }: JwtPayload): readonly Claim[] => [
  { typ: nameIdentifier, val: sub },
  { typ: `${soap}/emailaddress`, val: `${encodeURIComponent(sub)}@example.com` },
  { typ: nameClaim, val: name },
];

const entra = ({ sub = "", name = sub, oid }: JwtPayload): readonly Claim[] => [
  { typ: "iss", val: `https://login.microsoftonline.com/${tenantId}/v2.0` },
  // Another one in every app: it is not by this that a person is known.
  { typ: nameIdentifier, val: `pairwise-${sub}` },
  { typ: objectIdentifier, val: String(oid) },
  { typ: `${microsoft}/tenantid`, val: tenantId },
  { typ: "name", val: name },
  { typ: "preferred_username", val: `${encodeURIComponent(sub)}@example.com` },
];

/** Every claim that is a text or a number, `sub` under the platform's name. */
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
 * The providers by their names, all of them played by the local issuer. What a client posts is as documented
 * (https://learn.microsoft.com/azure/app-service/configure-authentication-customize-sign-in-out);
 * `local` is the custom OpenID Connect one, named as in `Auth__local__issuer`: its people are the same.
 */
export const providers: ReadonlyMap<string, Provider> = new Map(
  all.map((provider) => [provider.name, provider]),
);
