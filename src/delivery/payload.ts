import type { Platform } from "../hub/platform.ts";
import { type Announcement, replacementKey } from "./announcement.ts";
import { cutToFit } from "./cutToFit.ts";

/** A notification in the format of one push service. */
export interface Payload {
  readonly platform: Platform;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** What a product changes of its payloads without code. Without any of it, they are the tutorial's. */
export interface PayloadSettings {
  /**
   * Whether Apple's alert is a dictionary with title and body. Otherwise it is the text alone, as the tutorial's app
   * expects.
   */
  readonly appleTitle?: boolean;
  /** The sound on Apple's devices: `default`, or the name of a file in the app. */
  readonly appleSound?: string;
  /** The id of the notification channel on Android. */
  readonly androidChannel?: string;
}

/** The largest payload that every platform accepts through the hub, in bytes of UTF-8. */
export const maximumBytes = 4096;

/** Writes the payloads of one platform. */
interface Writer {
  readonly headers: (key: string) => Record<string, string>;
  /** Escapes a text as `body` does. A text escaped in pieces is the same as one escaped as a whole. */
  readonly escapeText: (text: string) => string;
  readonly body: (
    announcement: Announcement,
    text: string,
    key: string,
    settings: PayloadSettings,
  ) => string;
}

const writers: Readonly<Record<Platform, Writer>> = {
  // https://learn.microsoft.com/previous-versions/windows/apps/hh868245(v=win.10)
  wns: {
    headers: (key) => ({ "X-WNS-Type": "wns/toast", "X-WNS-Tag": key }),
    escapeText: escapeXml,
    body: ({ title, data }, text) =>
      `<toast launch="${escapeXml(String(new URLSearchParams(data)))}"><visual>` +
      `<binding template="ToastText02"><text id="1">${escapeXml(title)}</text>` +
      `<text id="2">${escapeXml(text)}</text></binding></visual></toast>`,
  },
  // https://developer.apple.com/documentation/usernotifications/sending-notification-requests-to-apns
  apns: {
    headers: (key) => ({ "apns-push-type": "alert", "apns-collapse-id": key }),
    escapeText: escapeJson,
    body: ({ title, data }, text, _, { appleTitle, appleSound: sound }) =>
      JSON.stringify({
        aps: {
          alert: appleTitle ? { title, body: text } : text,
          ...(sound !== undefined && { sound }),
        },
        ...data,
      }),
  },
  // https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages
  fcmv1: {
    headers: () => ({}),
    escapeText: escapeJson,
    body: ({ title, data }, text, key, { androidChannel }) =>
      JSON.stringify({
        message: {
          notification: { title, body: text },
          data,
          android: {
            priority: "high",
            notification: {
              tag: key,
              ...(androidChannel !== undefined && { channel_id: androidChannel }),
            },
          },
        },
      }),
  },
};

/** Returns an announcement's payload for a platform. Cuts a text that does not fit and adds an ellipsis. */
export function payloadFor(
  platform: Platform,
  announcement: Announcement,
  settings: PayloadSettings = {},
): Payload {
  const { headers, escapeText, body } = writers[platform];
  const key = replacementKey(announcement);
  const room = maximumBytes - Buffer.byteLength(body(announcement, "", key, settings));
  const text = cutToFit(announcement.text, (piece) => Buffer.byteLength(escapeText(piece)), room);
  return { platform, headers: headers(key), body: body(announcement, text, key, settings) };
}

function escapeJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

const xmlEscapes: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
  // An XML parser would turn an unescaped one into a line feed.
  "\r": "&#13;",
};

/** Escapes a text. Characters that XML 1.0 forbids even when escaped (Char, section 2.2) become U+FFFD. */
function escapeXml(text: string): string {
  return text.replace(
    /[&<>"'\r]|[^\t\n\r -\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu,
    (character) => xmlEscapes[character] ?? "\ufffd",
  );
}
