import { hash } from "node:crypto";

/** A user's id, `<provider>:<subject>`: the same for every way to sign in. */
export type UserId = `${string}:${string}`;

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

/** Returns whether a text can name a provider: lower-case letters, digits, - and _, the first a letter or digit. */
export function isProvider(text: string): boolean {
  return /^[a-z0-9][a-z0-9_-]{0,63}$/.test(text);
}

/** Returns whether a value has the form of a user's id. It does not say whether there is such a user. */
export function isUserId(value: unknown): value is UserId {
  if (typeof value !== "string") return false;
  const [, provider = "", subject] = /^([^:]*):(.*)$/s.exec(value) ?? [];
  return isProvider(provider) && isSubject(subject);
}

/** Returns the name of a user's provider. */
export function providerOf(userId: UserId): string {
  return userId.slice(0, userId.indexOf(":"));
}

/**
 * Returns the digest that names a user in tags, partitions and replacement keys: the lower-case hex
 * SHA-256 of the id's UTF-8, without normalisation, 64 digits.
 */
export function userDigest(userId: UserId): string {
  return hash("sha256", userId, "hex");
}
