import { createHash } from "node:crypto";

/** What happened in somebody's data, as their devices are to show it. */
export interface Announcement {
  /** The digest of the user it is for. */
  readonly userDigest: string;
  /** The id of the row that it is about, unique among that user's rows. */
  readonly rowId: string;
  readonly title: string;
  readonly text: string;
  /** What the app gets to open the row with. Names and values are the app's own, of safe characters. */
  readonly data: Readonly<Record<string, string>>;
}

/**
 * The key by which a repeat of a notification replaces the earlier copy on the device: 16 hex digits,
 * the same for every attempt, and no longer because an `X-WNS-Tag` holds no more.
 */
export function replacementKey({ userDigest, rowId }: Announcement): string {
  return createHash("sha256").update(`${userDigest}:${rowId}`).digest("hex").slice(0, 16);
}
