import { createHash } from "node:crypto";

/** The row that an announcement is about. */
export interface Source {
  readonly table: string;
  readonly partition: string;
  readonly rowId: string;
}

/** What happened in somebody's data, as their devices are to show it. */
export interface Announcement {
  /** The digest of the user it is for. */
  readonly userDigest: string;
  readonly source: Source;
  readonly title: string;
  readonly text: string;
  /** What the app gets to open the row with. Names and values are the app's own, of safe characters. */
  readonly data: Readonly<Record<string, string>>;
}

/**
 * The key by which a repeat of a notification replaces the earlier copy on the device: 16 hex digits,
 * the same for every attempt, and no longer because an `X-WNS-Tag` holds no more.
 */
export function replacementKey({ userDigest, source }: Announcement): string {
  return createHash("sha256").update(`${userDigest}:${source.rowId}`).digest("hex").slice(0, 16);
}
