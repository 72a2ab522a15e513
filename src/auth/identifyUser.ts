import type { AcceptedIssuer } from "./acceptedIssuer.ts";
import type { Claims } from "./readToken.ts";
import type { UserId } from "./verifyToken.ts";

export type Identification =
  | { readonly kind: "user"; readonly userId: UserId }
  /** `reason` names the claim at fault. */
  | { readonly kind: "nobody"; readonly reason: string };

/** The longest subject, in UTF-16 units (OpenID Connect Core 1.0, section 2: 255 characters). */
const longestSubject = 255;

/** Tells whose token it is. A provider's name holds no colon, so two users never share an id. */
export function identifyUser(
  { provider, subjectClaim, tenantId }: AcceptedIssuer,
  claims: Claims,
): Identification {
  if (tenantId !== undefined && claims.tid !== tenantId) {
    return { kind: "nobody", reason: "The token's tid is not the tenant that is accepted." };
  }
  const subject = claims[subjectClaim];
  return isSubject(subject)
    ? { kind: "user", userId: `${provider}:${subject}` }
    : { kind: "nobody", reason: `The token's ${subjectClaim} does not name a user.` };
}

function isSubject(subject: unknown): subject is string {
  return (
    typeof subject === "string" &&
    subject !== "" &&
    subject.length <= longestSubject &&
    subject.isWellFormed() &&
    !/\p{Cc}/u.test(subject)
  );
}
