import { hash } from "node:crypto";

/*
 * Hub tags allow few characters, ignore case and end at a comma. So a tag never holds what a client or an
 * issuer wrote, only its SHA-256 over the exact UTF-8, in lower-case hex, or a name that the settings declare.
 */

/** Returns the tag of every device of a user: 69 characters. @param userDigest see `src/user.ts` */
export function userTag(userDigest: string): string {
  return `user:${userDigest}`;
}

/** Returns the tag of one installation of an app: 77 characters. */
export function installationTag(installationId: string): string {
  return `installation:${hash("sha256", installationId, "hex")}`;
}

/** The tag of a registration that is known to be one of its user's devices that have room: see `registration/deviceQuota.ts`. */
export const admittedTag = "counted";

/** Returns whether a text can name a topic: 1 to 64 lower-case letters, digits and hyphens, which fit a tag as they are. */
export function isTopic(text: string): boolean {
  return /^[a-z0-9-]{1,64}$/.test(text);
}

/** Returns the topic of a tag, or undefined if it is another tag. */
export function topicOf(tag: string): string | undefined {
  return /^topic:(.*)$/.exec(tag)?.[1];
}

/** Returns the tag of every device that subscribes to a topic. @throws if the text cannot name a topic: a bug */
export function topicTag(topic: string): string {
  if (!isTopic(topic)) throw new Error("This cannot be the name of a topic.");
  return `topic:${topic}`;
}
