/** The longest subject, in UTF-16 units (OpenID Connect Core 1.0, section 2: 255 characters). */
const longestSubject = 255;

/** Whether a claim names somebody: well-formed text without control characters, not empty. */
export function isSubject(claim: unknown): claim is string {
  return (
    typeof claim === "string" &&
    claim !== "" &&
    claim.length <= longestSubject &&
    claim.isWellFormed() &&
    !/\p{Cc}/u.test(claim)
  );
}
