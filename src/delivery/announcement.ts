import { createHash } from "node:crypto";

/** The row that an announcement is about. */
export interface Source {
  readonly table: string;
  readonly partition: string;
  readonly rowId: string;
}

/** An event in a user's data, as the user's devices show it. */
export interface Announcement {
  /** The digest of the user who receives it. */
  readonly userDigest: string;
  readonly source: Source;
  readonly title: string;
  readonly text: string;
  /** The data with which the client opens the row. Names and values contain only safe characters. */
  readonly data: Readonly<Record<string, string>>;
}

/**
 * Returns the key by which a repeated notification replaces the earlier copy on the device. It is the same
 * for every attempt. It has 16 hex digits because an `X-WNS-Tag` holds no more.
 */
export function replacementKey({ userDigest, source }: Announcement): string {
  return createHash("sha256")
    .update(`${userDigest}:${source.table}:${source.rowId}`)
    .digest("hex")
    .slice(0, 16);
}
