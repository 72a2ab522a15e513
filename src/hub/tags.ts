import { hash } from "node:crypto";

/*
 * Hub tags allow few characters, ignore case and end at a comma. So a tag never holds what a client or an
 * issuer wrote, only its SHA-256 over the exact UTF-8, in lower-case hex.
 */

/** Returns the tag of every device of a user: 69 characters. @param userDigest see `src/user.ts` */
export function userTag(userDigest: string): string {
  return `user:${userDigest}`;
}

/** Returns the tag of one installation of an app: 77 characters. */
export function installationTag(installationId: string): string {
  return `installation:${hash("sha256", installationId, "hex")}`;
}
