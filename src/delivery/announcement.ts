import { createHash } from "node:crypto";
import * as v from "valibot";
import type { Fault } from "../http/problem.ts";
import { content, optionNames } from "../platforms/content.ts";
import { audience, nameOf } from "./audience.ts";

/** The row that an announcement is about. */
const source = v.object({ table: v.string(), partition: v.string(), rowId: v.string() });

export type Source = Readonly<v.InferOutput<typeof source>>;

/** A row that was inserted, as the devices of an audience show it. What waits on the queue is read by this schema. */
export const announcement = v.object({ audience, source, ...content.entries });

/** As of {@link announcement}. */
export type Announcement = Readonly<v.InferOutput<typeof announcement>>;

/** Returns why an announcement is too large to be sent, however its text is cut; nothing if it is not. */
export type TooLarge = (announcement: Announcement) => readonly Fault[];

/** Returns whether an announcement has only title, text and data, as every one had in earlier releases. */
export function isPlain(announcement: Announcement): boolean {
  return optionNames.every((name) => !Object.hasOwn(announcement, name));
}

/** Returns whether an announcement holds what is a user's: it is to the user, or about a row of the user's. */
export function isAbout({ audience, source }: Announcement, userDigest: string): boolean {
  const { partition, rowId } = source;
  return (
    (audience.kind === "user" && audience.digest === userDigest) ||
    // A message has a partition of its own, named as the message: a backend may have given it the name of a digest.
    (partition === userDigest && partition !== rowId)
  );
}

/**
 * Returns the key by which a repeated notification replaces the earlier copy on the device. It is the same
 * for every attempt. It has 16 hex digits because an `X-WNS-Tag` holds no more.
 */
export function replacementKey({ audience, source, replaces }: Announcement): string {
  const { table, partition, rowId } = source;
  const name = nameOf(audience);
  // Rows of several partitions may have one id, and the same audience.
  const owner = partition === name || partition === rowId ? "" : `:${partition}`;
  // No id of a row has a slash.
  const about = replaces === undefined ? `${rowId}${owner}` : `replaces/${replaces}`;
  return createHash("sha256").update(`${name}:${table}:${about}`).digest("hex").slice(0, 16);
}
