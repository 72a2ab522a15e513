import jsonwebtoken from "jsonwebtoken";
import type { AcceptedIssuer } from "./acceptedIssuer.ts";
import type { Claims, Header } from "./readToken.ts";
import { chooseKey, type SigningKey } from "./signingKey.ts";

/** Seconds by which the issuer's clock may differ from ours. */
const clockTolerance = 60;

/** How far away the expiry may be, in seconds: a year. */
const longestLife = 365 * 24 * 60 * 60;

export type TokenCheck =
  | { readonly kind: "sound" }
  | { readonly kind: "unsound"; readonly reason: string }
  /** Only a newer key could make the token a sound one. */
  | { readonly kind: "keyUnknown"; readonly reason: string };

/**
 * Checks a token's signature, times, issuer and audience with the keys of its issuer.
 *
 * @param token the text of which `read` is the contents
 * @param now in milliseconds since 1970
 */
export function checkToken(
  token: string,
  read: { readonly header: Header; readonly claims: Claims },
  { issuers, audiences }: AcceptedIssuer,
  keys: readonly SigningKey[],
  now: number,
): TokenCheck {
  const { alg, kid } = read.header;
  const { exp, iat } = read.claims;
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
function unsoundBecause(error: unknown, kid: string | undefined): TokenCheck {
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

function unsound(reason: string): TokenCheck {
  return { kind: "unsound", reason };
}
