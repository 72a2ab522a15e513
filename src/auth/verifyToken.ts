import jsonwebtoken from "jsonwebtoken";
import type { AcceptedIssuer } from "./acceptedIssuer.ts";
import { createFetchKeys } from "./fetchKeys.ts";
import { identifyUser } from "./identifyUser.ts";
import { type Claims, type Header, readToken } from "./readToken.ts";
import { createRememberedTokens } from "./rememberedTokens.ts";
import { chooseKey, type SigningKey } from "./signingKey.ts";
import { createSigningKeys } from "./signingKeys.ts";

/** A user's id, the same wherever they signed in: `<provider>:<subject>`. */
export type UserId = `${string}:${string}`;

export type Verification =
  | { readonly kind: "verified"; readonly userId: UserId }
  /** `reason` names the claim at fault and quotes nothing of the token. */
  | { readonly kind: "invalid"; readonly reason: string }
  /** The issuer's keys are out of reach, so nothing can be said about the token. */
  | { readonly kind: "unavailable" };

export type VerifyToken = (token: string) => Promise<Verification>;

/** Seconds by which the issuer's clock may differ from ours. */
const clockTolerance = 60;

/** How far away the expiry may be, in seconds: a year. */
const longestLife = 365 * 24 * 60 * 60;

/** How many tokens are remembered: some megabytes. */
const rememberedTokens = 10_000;

/**
 * Verifies tokens of the accepted issuers, each with its own keys and for its own audience.
 *
 * @param now the clock, in milliseconds since 1970
 */
export function createVerifyToken(
  issuers: readonly AcceptedIssuer[],
  now: () => number = Date.now,
): VerifyToken {
  const byName = new Map(
    issuers.flatMap((issuer) => {
      const warn = (failure: string) =>
        process.emitWarning(`The keys of ${issuer.provider} could not be fetched: ${failure}`);
      const entry = { issuer, signingKeys: createSigningKeys(createFetchKeys(issuer), warn, now) };
      return issuer.issuers.map((name) => [name, entry] as const);
    }),
  );
  const remembered = createRememberedTokens(rememberedTokens, now);

  return async (token) => {
    const known = remembered.find(token);
    if (known !== undefined) return { kind: "verified", userId: known };

    const reading = readToken(token);
    if (reading.kind === "fault") return invalid(reading.reason);
    const { header, claims } = reading;
    const accepted = byName.get(claims.iss);
    if (!accepted) return invalid("The token's iss is not an issuer that is accepted.");
    const { issuer, signingKeys } = accepted;

    const keys = await signingKeys.current();
    if (!keys) return { kind: "unavailable" };
    let check = checkToken(token, header, claims, issuer, keys, now());
    if (check.kind === "keyUnknown") {
      const renewed = await signingKeys.renewed();
      if (!renewed) return { kind: "unavailable" };
      if (renewed !== keys) check = checkToken(token, header, claims, issuer, renewed, now());
    }
    if (check.kind !== "sound") return invalid(check.reason);

    const user = identifyUser(issuer, claims);
    if (user.kind === "nobody") return invalid(user.reason);
    remembered.remember(token, user.userId, claims.exp * 1_000);
    return { kind: "verified", userId: user.userId };
  };
}

type Check =
  | { readonly kind: "sound" }
  | { readonly kind: "unsound"; readonly reason: string }
  /** Only a newer key could make the token a sound one. */
  | { readonly kind: "keyUnknown"; readonly reason: string };

function checkToken(
  token: string,
  { alg, kid }: Header,
  { exp, iat }: Claims,
  { issuers, audiences }: AcceptedIssuer,
  keys: readonly SigningKey[],
  now: number,
): Check {
  const choice = chooseKey(keys, alg, kid);
  if (choice.kind === "unfit") return unsound("The token's alg is not that of its key.");
  if (choice.kind === "unknown") {
    return {
      kind: "keyUnknown",
      reason:
        kid === undefined
          ? "The token has no kid, and its issuer not exactly one key for its alg."
          : "The token's kid names no key of its issuer.",
    };
  }

  const seconds = Math.floor(now / 1_000);
  try {
    jsonwebtoken.verify(token, choice.key.publicKey, {
      algorithms: [alg],
      clockTimestamp: seconds,
      clockTolerance,
      issuer: [...issuers],
      audience: [...audiences],
    });
  } catch (error) {
    return unsoundBecause(error, kid);
  }
  if (exp > seconds + longestLife + clockTolerance) {
    return unsound("The token's exp is more than a year away.");
  }
  if (iat !== undefined && iat > seconds + clockTolerance) {
    return unsound("The token's iat has not come yet.");
  }
  return { kind: "sound" };
}

/** The library's messages name the claim, but some quote what it was expected to be. */
function unsoundBecause(error: unknown, kid: string | undefined): Check {
  if (error instanceof jsonwebtoken.TokenExpiredError)
    return unsound("The token's exp has passed.");
  if (error instanceof jsonwebtoken.NotBeforeError) {
    return unsound("The token's nbf has not come yet.");
  }
  if (error instanceof Error && error.message.startsWith("jwt audience")) {
    return unsound("The token's aud is not this app.");
  }
  const reason = "The token's signature does not fit its issuer's key.";
  // Where tokens name no key, this alone tells that the issuer has a new one.
  return { kind: kid === undefined ? "keyUnknown" : "unsound", reason };
}

function unsound(reason: string): Check {
  return { kind: "unsound", reason };
}

function invalid(reason: string): Verification {
  return { kind: "invalid", reason };
}
