import { createHash } from "node:crypto";
import type { UserId } from "../auth/authenticate.ts";

/**
 * The lower-case hex SHA-256 over the UTF-8 of exactly these characters, without normalisation.
 * Hub tags allow a small alphabet, ignore case and end at a comma, so what a client or an issuer
 * wrote never goes into one as it is.
 */
function digest(text: string): string {
  return createHash("sha256").update(text, "utf8").digest("hex");
}

/** What stands for a user in tags, in the table and in replacement keys: 64 hex digits. */
export function userDigest(userId: UserId): string {
  return digest(userId);
}

/** The tag of every device on which the user of this digest is signed in: 69 characters. */
export function userTag(digestOfUser: string): string {
  return `user:${digestOfUser}`;
}

/** The tag of the registration of one installation of an app: 77 characters. */
export function installationTag(installationId: string): string {
  return `installation:${digest(installationId)}`;
}
