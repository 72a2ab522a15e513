import type { Content } from "./content.ts";
import type { PlatformEntry } from "./platform.ts";

/**
 * Windows.
 *
 * https://learn.microsoft.com/windows/apps/develop/notifications/push-notifications/push-request-response-headers
 */
export const wns: PlatformEntry = {
  aliases: ["win8"],
  handle: {
    member: "channelUri",
    shape: "an https URL under .notify.windows.com of at most 2,048 characters",
    read: (text) => (isChannelUri(text) ? text : undefined),
  },
  hub: {
    filterMember: "ChannelUri",
    registration: (channelUri, tags) => ({ kind: "Windows", channelUri, tags }),
    handleOf: (registration) =>
      registration.kind === "Windows" ? registration.channelUri : undefined,
    outcomes: ({ wnsOutcomeCounts }) => wnsOutcomeCounts,
    notification: ({ body, headers }) => ({
      platform: "windows",
      contentType:
        headers["X-WNS-Type"] === "wns/raw" ? "application/octet-stream" : "application/xml",
      body,
      headers,
    }),
  },
  largest: 4_096,
  write(content, { key, expiry }) {
    const { urgency, badge } = content;
    const kept = { ...(expiry && { "X-WNS-TTL": String(expiry.left) }) };
    const headers = {
      ...kept,
      ...(urgency && { "X-WNS-PRIORITY": urgency === "high" ? "1" : "2" }),
    };
    if (content.silent) {
      return {
        headers: { "X-WNS-Type": "wns/raw", "X-WNS-Cache-Policy": "cache", ...headers },
        escapeText: escapeXml,
        body: () => JSON.stringify(dataOf(content)),
      };
    }
    return {
      headers: { "X-WNS-Type": "wns/toast", "X-WNS-Tag": key, ...headers },
      escapeText: escapeXml,
      body: (text) => toast(content, text),
      ...(badge !== undefined && {
        besides: {
          headers: { "X-WNS-Type": "wns/badge", ...kept },
          body: `<badge value="${badge}"/>`,
        },
      }),
    };
  },
  patch: {
    shape: "a toast in XML, which begins with <toast",
    faultOf: (patch) =>
      typeof patch === "string" && /^<toast[\s>]/.test(patch) && patch.isWellFormed()
        ? undefined
        : "must be a string with a toast in XML, which begins with <toast.",
    apply: (_, patch) => String(patch),
  },
};

function dataOf({ data, link }: Content): Readonly<Record<string, string>> {
  return { ...data, ...(link !== undefined && { link }) };
}

/** https://learn.microsoft.com/uwp/schemas/tiles/toastschema/schema-root */
function toast(content: Content, text: string): string {
  const { title, image, group, sound } = content;
  const launch = escapeXml(String(new URLSearchParams(dataOf(content))));
  // The tutorial's template has no image, and no place in a group.
  const binding =
    image === undefined && group === undefined
      ? `<binding template="ToastText02"><text id="1">${escapeXml(title)}</text>` +
        `<text id="2">${escapeXml(text)}</text></binding>`
      : `<binding template="ToastGeneric"><text>${escapeXml(title)}</text>` +
        `<text>${escapeXml(text)}</text>${
          image === undefined ? "" : `<image placement="hero" src="${escapeXml(image)}"/>`
        }</binding>`;
  return (
    `<toast launch="${launch}">${header(group, title)}<visual>${binding}</visual>` +
    `${audio(sound)}</toast>`
  );
}

function header(group: string | undefined, title: string): string {
  if (group === undefined) return "";
  const args = escapeXml(String(new URLSearchParams({ group })));
  return `<header id="${escapeXml(group)}" title="${escapeXml(title)}" arguments="${args}"/>`;
}

function audio(sound: string | undefined): string {
  if (sound === undefined || sound === "default") return "";
  return sound === "none"
    ? '<audio silent="true"/>'
    : `<audio src="ms-appx:///${escapeXml(sound)}"/>`;
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

function isChannelUri(text: string): boolean {
  // The URL parser drops white space and treats a backslash as a slash, so check the characters first.
  if (
    text.length > 2048 ||
    !/^https:\/\/[\x21-\x5b\x5d-\x7e]+$/.test(text) ||
    !URL.canParse(text)
  ) {
    return false;
  }
  const { hostname, username, password } = new URL(text);
  return hostname.endsWith(".notify.windows.com") && username === "" && password === "";
}
