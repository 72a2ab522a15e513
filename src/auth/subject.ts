/** The longest subject, in UTF-16 units (OpenID Connect Core 1.0, section 2: 255 characters). */
const longestSubject = 255;

/** Returns whether a claim can identify a user: non-empty, well-formed text without control characters. */
export function isSubject(claim: unknown): claim is string {
  return (
    typeof claim === "string" &&
    claim !== "" &&
    claim.length <= longestSubject &&
    claim.isWellFormed() &&
    !/\p{Cc}/u.test(claim)
  );
}
