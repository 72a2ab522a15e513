import { createHash } from "node:crypto";
import { type Audience, nameOf } from "./audience.ts";

/** The row that an announcement is about. */
export interface Source {
  readonly table: string;
  readonly partition: string;
  readonly rowId: string;
}

/** A row that was inserted, as the devices of an audience show it. */
export interface Announcement {
  readonly audience: Audience;
  readonly source: Source;
  readonly title: string;
  readonly text: string;
  /**
   * The data with which the client opens the row. Names are letters, digits and underscores, and none is reserved by a
   * platform, such as `aps`.
   */
  readonly data: Readonly<Record<string, string>>;
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
export function replacementKey({ audience, source }: Announcement): string {
  const { table, partition, rowId } = source;
  const name = nameOf(audience);
  // Rows of several partitions may have one id, and the same audience.
  const owner = partition === name || partition === rowId ? "" : `:${partition}`;
  return createHash("sha256")
    .update(`${name}:${table}:${rowId}${owner}`)
    .digest("hex")
    .slice(0, 16);
}
