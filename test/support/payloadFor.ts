import type { Announcement } from "../../src/delivery/announcement.ts";
import { type Payload, payloadsFor } from "../../src/delivery/payload.ts";
import type { PayloadSettings } from "../../src/platforms/platform.ts";
import type { Platform } from "../../src/platforms/platforms.ts";

/** Returns the notification of an announcement that was made now, as an app with these settings sends it. */
export function payloadFor(
  platform: Platform,
  announcement: Announcement,
  settings: PayloadSettings = {},
): Payload {
  const now = Date.now();
  const terms = { settings, messageTables: new Set(["Notification"]) };
  return payloadsFor(platform, announcement, terms, { createdAt: now, now }).notification;
}
