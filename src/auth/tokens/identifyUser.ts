import type { AcceptedIssuer } from "../../settings/acceptedIssuer.ts";
import { isSubject, type UserId } from "../../user.ts";
import type { Claims } from "./readToken.ts";

export type Identification =
  | { readonly kind: "user"; readonly userId: UserId }
  /** `reason` names the invalid claim. */
  | { readonly kind: "unidentified"; readonly reason: string };

/** Returns the user of a token. A provider's name has no colon, so two users never share an id. */
export function identifyUser(
  { provider, subjectClaim, tenantId }: AcceptedIssuer,
  claims: Claims,
): Identification {
  if (tenantId !== undefined && claims.tid !== tenantId) {
    return { kind: "unidentified", reason: "The token's tid is not the accepted tenant." };
  }
  const subject = claims[subjectClaim];
  return isSubject(subject)
    ? { kind: "user", userId: `${provider}:${subject}` }
    : { kind: "unidentified", reason: `The token's ${subjectClaim} does not name a user.` };
}
