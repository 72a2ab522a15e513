import type { Content } from "../platforms/content.ts";
import type { Expiry, PayloadSettings, Writing, WrittenPayload } from "../platforms/platform.ts";
import { type Platform, platformEntries } from "../platforms/platforms.ts";
import { type Announcement, replacementKey } from "./announcement.ts";
import { cutToFit, ellipsis } from "./cutToFit.ts";

/** A notification in the format of one push service. */
export interface Payload extends WrittenPayload {
  readonly platform: Platform;
}

/** A notification, and what the platform takes beside it: if that fails, it is not repeated. */
export interface Payloads {
  readonly notification: Payload;
  readonly besides?: Payload;
}

/** What payloads depend on beside the announcement. */
export interface PayloadTerms {
  readonly settings: PayloadSettings;
  /** The tables whose rows are messages: an iPhone always shows their title. */
  readonly messageTables: ReadonlySet<string>;
}

/** When an announcement was made, and the time now, in milliseconds since 1970. */
export interface Times {
  readonly createdAt: number;
  readonly now: number;
}

/** Returns an announcement's payloads for a platform. Cuts a text that does not fit and adds an ellipsis. */
export function payloadsFor(
  platform: Platform,
  announcement: Announcement,
  terms: PayloadTerms,
  times: Times,
): Payloads {
  const { headers, escapeText, body, besides } = write(platform, announcement, terms, times);
  const room = platformEntries[platform].largest - Buffer.byteLength(body(""));
  const text = cutToFit(announcement.text, (piece) => Buffer.byteLength(escapeText(piece)), room);
  return {
    notification: { platform, headers, body: body(text) },
    ...(besides && { besides: { platform, ...besides } }),
  };
}

/**
 * Returns by how many bytes an announcement is too large for a platform, however its text is cut; 0 if it fits. What the
 * text is cut to is at least an ellipsis.
 */
export function excess(
  platform: Platform,
  announcement: Announcement,
  terms: PayloadTerms,
): number {
  const now = Date.now();
  const { body, escapeText } = write(platform, announcement, terms, { createdAt: now, now });
  const least = Math.min(
    Buffer.byteLength(escapeText(announcement.text)),
    Buffer.byteLength(ellipsis),
  );
  return Math.max(0, Buffer.byteLength(body("")) + least - platformEntries[platform].largest);
}

function write(
  platform: Platform,
  announcement: Announcement,
  { settings, messageTables }: PayloadTerms,
  times: Times,
): Writing {
  const { source, platforms = {} } = announcement;
  const expiry = expiryOf(announcement, times);
  const { write: writeFor, patch } = platformEntries[platform];
  const writing = writeFor(announcement, {
    key: replacementKey(announcement),
    id: source.rowId,
    ...(expiry && { expiry }),
    appleTitle: settings.appleTitle === true || messageTables.has(source.table),
    settings,
  });
  const patched = platforms[platform];
  if (patched === undefined) return writing;
  return { ...writing, body: (text) => patch.apply(writing.body(text), patched) };
}

/** Returns whether an announcement's time is over, so that no platform would keep it. */
export function isTimeOver(announcement: Content, times: Times): boolean {
  const { expiresInSeconds } = announcement;
  return expiresInSeconds !== undefined && times.now > times.createdAt + expiresInSeconds * 1_000;
}

function expiryOf({ expiresInSeconds }: Content, { createdAt, now }: Times): Expiry | undefined {
  if (expiresInSeconds === undefined) return undefined;
  const at = createdAt + expiresInSeconds * 1_000;
  return {
    // An absolute time that has passed is not the same as 0 for every platform.
    at: expiresInSeconds === 0 ? 0 : Math.ceil(at / 1_000),
    left: Math.min(expiresInSeconds, Math.max(0, Math.ceil((at - now) / 1_000))),
  };
}
