import jsonwebtoken from "jsonwebtoken";
import type { AcceptedIssuer } from "./acceptedIssuer.ts";
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

/** Asymmetric ones only: a shared secret would let whoever verifies sign as well. */
const algorithms: jsonwebtoken.Algorithm[] = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
];

/** Seconds by which the issuer's clock may differ from ours. */
const clockTolerance = 60;

/** The longest subject, in UTF-16 units (OpenID Connect Core 1.0, section 2: 255 characters). */
const longestSubject = 255;

/** Verifies tokens of the accepted issuers, each with its own keys and for its own audience. */
export function createVerifyToken(issuers: readonly AcceptedIssuer[]): VerifyToken {
  const byName = new Map(
    issuers.flatMap((issuer) => {
      const entry = { issuer, signingKeys: createSigningKeys(issuer) };
      return issuer.issuers.map((name) => [name, entry] as const);
    }),
  );

  return async (token) => {
    const decoded = decode(token);
    if (!decoded) return invalid("The token is not a JSON Web Token.");
    const accepted = byName.get(String(decoded.payload.iss));
    if (!accepted) return invalid("The token's iss is not an issuer that is accepted here.");
    const { issuer, signingKeys } = accepted;
    const key = await signingKeys(decoded.header.kid);
    if (key.kind === "unavailable") return { kind: "unavailable" };
    if (key.kind === "unknown") return invalid("The token's kid names no key of its issuer.");

    let claims: string | jsonwebtoken.JwtPayload;
    try {
      claims = jsonwebtoken.verify(token, key.publicKey, {
        algorithms,
        clockTolerance,
        issuer: [...issuer.issuers],
        audience: [...issuer.audiences],
      });
    } catch (error) {
      return invalid(reasonOf(error));
    }
    if (typeof claims === "string") return invalid("The token's payload is not an object.");
    if (claims.exp === undefined) return invalid("The token has no exp.");
    const subject: unknown = claims[issuer.subjectClaim];
    if (
      typeof subject !== "string" ||
      subject === "" ||
      subject.length > longestSubject ||
      !subject.isWellFormed()
    ) {
      return invalid(`The token's ${issuer.subjectClaim} does not name a user.`);
    }
    return { kind: "verified", userId: `${issuer.provider}:${subject}` };
  };
}

function decode(token: string) {
  let decoded: jsonwebtoken.Jwt | null;
  try {
    decoded = jsonwebtoken.decode(token, { complete: true });
  } catch {
    return undefined;
  }
  if (!decoded || typeof decoded.payload !== "object" || decoded.payload === null) return undefined;
  return { header: decoded.header, payload: decoded.payload };
}

function invalid(reason: string): Verification {
  return { kind: "invalid", reason };
}

/** The library's messages name the claim, but some quote what it was expected to be. */
function reasonOf(error: unknown): string {
  if (error instanceof jsonwebtoken.TokenExpiredError) return "The token's exp has passed.";
  if (error instanceof jsonwebtoken.NotBeforeError) return "The token's nbf has not come yet.";
  const message = error instanceof Error ? error.message : "";
  if (message.startsWith("jwt audience")) return "The token's aud is not this app.";
  if (message === "invalid signature")
    return "The token's signature does not fit its issuer's key.";
  if (message === "invalid algorithm") return "The token's alg is not one that is accepted.";
  return "The token is not valid.";
}
