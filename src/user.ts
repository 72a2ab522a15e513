import { hash } from "node:crypto";

/** A user's id, `<provider>:<subject>`: the same for every way to sign in. */
export type UserId = `${string}:${string}`;

/**
 * Returns the digest that names a user in tags, partitions and replacement keys: the lower-case hex
 * SHA-256 of the id's UTF-8, without normalisation, 64 digits.
 */
export function userDigest(userId: UserId): string {
  return hash("sha256", userId, "hex");
}
