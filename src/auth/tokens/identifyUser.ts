import type { UserId } from "../../user.ts";
import { isSubject } from "../subject.ts";
import type { AcceptedIssuer } from "./acceptedIssuer.ts";
import type { Claims } from "./readToken.ts";

export type Identification =
  | { readonly kind: "user"; readonly userId: UserId }
  /** `reason` names the claim at fault. */
  | { readonly kind: "nobody"; readonly reason: string };

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
