import type { AcceptedIssuer } from "../../settings/acceptedIssuer.ts";
import type { UserId } from "../../user.ts";
import { checkToken } from "./checkToken.ts";
import { createFetchKeys } from "./fetchKeys.ts";
import { identifyUser } from "./identifyUser.ts";
import { createKeyCache } from "./keyCache.ts";
import { readToken } from "./readToken.ts";
import { createRememberedTokens } from "./rememberedTokens.ts";

export type Verification =
  | { readonly kind: "verified"; readonly userId: UserId }
  /** `reason` names the invalid part of the token and never quotes the token. */
  | { readonly kind: "invalid"; readonly reason: string }
  /** The issuer's keys are unreachable, so the token can't be verified. */
  | { readonly kind: "unavailable" };

export type VerifyToken = (token: string) => Promise<Verification>;

/** The maximum number of remembered tokens. They take a few megabytes. */
const rememberedTokens = 10_000;

/**
 * Creates a function that verifies the accepted issuers' tokens. Each issuer has its own keys and audiences.
 *
 * @param now the clock, in milliseconds since 1970
 * @param monotonic returns the milliseconds of a monotonic clock
 */
export function createVerifyToken(
  issuers: readonly AcceptedIssuer[],
  now: () => number = Date.now,
  monotonic: () => number = () => performance.now(),
): VerifyToken {
  const byName = new Map(
    issuers.flatMap((issuer) => {
      const warn = (failure: string) =>
        process.emitWarning(`The keys of ${issuer.provider} could not be fetched: ${failure}`);
      const entry = { issuer, keyCache: createKeyCache(createFetchKeys(issuer), warn, monotonic) };
      return issuer.issuers.map((name) => [name, entry] as const);
    }),
  );
  const remembered = createRememberedTokens(rememberedTokens, now, monotonic);

  return async (token) => {
    const known = remembered.find(token);
    if (known !== undefined) return { kind: "verified", userId: known };

    const reading = readToken(token);
    if (reading.kind === "fault") return invalid(reading.reason);
    const { claims } = reading;
    const accepted = byName.get(claims.iss);
    if (!accepted) return invalid("The token's iss is not an accepted issuer.");
    const { issuer, keyCache } = accepted;

    const keys = await keyCache.current();
    if (!keys) return { kind: "unavailable" };
    let check = checkToken(token, reading, issuer, keys, now());
    if (check.kind === "keyUnknown") {
      const renewed = await keyCache.renewed();
      if (!renewed) return { kind: "unavailable" };
      if (renewed !== keys) check = checkToken(token, reading, issuer, renewed, now());
    }
    if (check.kind !== "sound") return invalid(check.reason);

    const user = identifyUser(issuer, claims);
    if (user.kind === "unidentified") return invalid(user.reason);
    remembered.remember(token, user.userId, claims.exp * 1_000);
    return { kind: "verified", userId: user.userId };
  };
}

function invalid(reason: string): Verification {
  return { kind: "invalid", reason };
}
