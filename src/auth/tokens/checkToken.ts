import jsonwebtoken, { type VerifyOptions } from "jsonwebtoken";
import type { AcceptedIssuer } from "../../settings/acceptedIssuer.ts";
import type { Claims, Header } from "./readToken.ts";
import { type Algorithm, chooseKeys, type SigningKey } from "./signingKey.ts";

/** The allowed difference between the issuer's clock and ours, in seconds. */
const clockTolerance = 60;

/** The longest accepted time until a token expires, in seconds: one year. */
const longestLife = 365 * 24 * 60 * 60;

export type TokenCheck =
  | { readonly kind: "sound" }
  | { readonly kind: "unsound"; readonly reason: string }
  /** The known keys do not verify the token, but a newer key might. */
  | { readonly kind: "keyUnknown"; readonly reason: string };

/**
 * Checks a token's signature, times, issuer and audience with the keys of its issuer.
 *
 * @param token the text from which `read` was parsed
 * @param now the time, in milliseconds since 1970
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
  const choice = chooseKeys(keys, alg, kid);
  if (choice.kind === "unfit") return unsound("The token's alg does not match its key.");
  if (choice.kind === "unknown") {
    return {
      kind: "keyUnknown",
      reason:
        kid === undefined
          ? "The token has no kid, and its issuer does not have exactly one key for its alg."
          : "The token's kid matches no key of its issuer.",
    };
  }

  const seconds = Math.floor(now / 1_000);
  const expected = {
    clockTimestamp: seconds,
    clockTolerance,
    issuer: [...issuers],
    audience: [...audiences],
  } satisfies VerifyOptions;
  const failures = choice.keys.map((key) => verify(token, key, alg, expected));
  const fault = failures.every((failure) => failure !== undefined)
    ? // A fault in the claims shows only after the signature has been verified.
      (failures.find((failure) => failure !== badSignature) ?? badSignature)
    : undefined;
  if (fault !== undefined) {
    // If the key was not chosen by its kid, a bad signature is the only sign that the issuer has a new one.
    const isKeyUnknown = fault === badSignature && choice.kind === "sole";
    return { kind: isKeyUnknown ? "keyUnknown" : "unsound", reason: fault };
  }
  if (exp > seconds + longestLife + clockTolerance) {
    return unsound("The token's exp is more than a year away.");
  }
  if (iat !== undefined && iat > seconds + clockTolerance) {
    return unsound("The token's iat is in the future.");
  }
  return { kind: "sound" };
}

const badSignature = "The token's signature does not match its issuer's key.";

/**
 * Verifies a token with one key.
 *
 * @returns what is wrong, if anything is; not in the library's words, because some of them quote the expected value
 * of a claim
 */
function verify(
  token: string,
  { publicKey }: SigningKey,
  alg: Algorithm,
  expected: VerifyOptions,
): string | undefined {
  try {
    jsonwebtoken.verify(token, publicKey, { ...expected, algorithms: [alg] });
    return undefined;
  } catch (error) {
    if (error instanceof jsonwebtoken.TokenExpiredError) return "The token's exp has passed.";
    if (error instanceof jsonwebtoken.NotBeforeError) return "The token's nbf is in the future.";
    return error instanceof Error && error.message.startsWith("jwt audience")
      ? "The token's aud does not name this app."
      : badSignature;
  }
}

function unsound(reason: string): TokenCheck {
  return { kind: "unsound", reason };
}
