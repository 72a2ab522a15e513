import { createHash } from "node:crypto";
import fc from "fast-check";
import { XMLParser, XMLValidator } from "fast-xml-parser";
import { expect, test } from "vitest";
import type { Announcement } from "../../src/delivery/announcement.ts";
import type { Payload } from "../../src/delivery/payload.ts";
import type { PayloadSettings } from "../../src/platforms/platform.ts";
import { platforms } from "../../src/platforms/platforms.ts";
import { codePoint } from "../support/codePoint.ts";
import { count } from "../support/counts.ts";
import { payloadFor } from "../support/payloadFor.ts";

const userDigest = "ab".repeat(32);

function announcementOf(text: string): Announcement {
  return {
    audience: { kind: "user", digest: userDigest },
    source: { table: "TodoItem", partition: userDigest, rowId: "42" },
    title: "New item added:",
    text,
    data: { todoItemId: "42" },
  };
}

/** Returns the text that a device shows, parsed as the device parses it. */
function shownText({ platform, body }: Payload): string {
  switch (platform) {
    case "wns": {
      expect(XMLValidator.validate(body)).toBe(true);
      const [, escaped = ""] = /<text id="2">([^<]*)<\/text>/.exec(body) ?? [];
      const parser = new XMLParser({ trimValues: false, parseTagValue: false, htmlEntities: true });
      return parser.parse(`<t>${escaped}</t>`).t;
    }
    case "apns":
      return JSON.parse(body).aps.alert.body ?? JSON.parse(body).aps.alert;
    case "fcmv1":
      return JSON.parse(body).message.notification.body;
    default:
      throw new Error("No test knows how a device of this platform shows a text.");
  }
}

const text = fc.oneof(
  fc.string({ unit: "grapheme", minLength: 1, maxLength: 300 }),
  fc.string({ unit: codePoint, minLength: 1, maxLength: 300 }).filter((s) => s.isWellFormed()),
  fc
    .tuple(
      fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 }),
      fc.integer({ min: 1, max: 900 }),
    )
    .map(([piece, times]) => piece.repeat(times).slice(0, 10_000).toWellFormed()),
);

/** Replaces the characters that XML cannot contain. All others must arrive unchanged. */
const forXml = (original: string) =>
  Array.from(original, (character) =>
    /^[\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]$/u.test(character)
      ? character
      : "\ufffd",
  ).join("");

test.each(platforms)("a %s payload fits and shows the text or its beginning", (platform) => {
  fc.assert(
    fc.property(text, (original) => {
      const payload = payloadFor(platform, announcementOf(original));
      expect(Buffer.byteLength(payload.body)).toBeLessThanOrEqual(4096);
      const shown = shownText(payload);
      const expected = platform === "wns" ? forXml(original) : original;
      if (shown === expected) return;
      expect(shown.endsWith("…")).toBe(true);
      const kept = shown.slice(0, -1);
      expect(expected.startsWith(kept)).toBe(true);
      // The cut is between graphemes.
      const boundaries = Array.from(new Intl.Segmenter().segment(expected), ({ index }) => index);
      expect(boundaries).toContain(kept.length);
    }),
    { numRuns: count(100, 3000) },
  );
});

test.each(platforms)("a %s payload of a long text uses the whole limit", (platform) => {
  const { body } = payloadFor(platform, announcementOf("a".repeat(10_000)));
  expect(Buffer.byteLength(body)).toBe(4096);
});

test("all platforms get the same replacement key, which differs by user and by item", () => {
  const keyOf = (announcement: Announcement) => {
    const [wns, apns, fcmv1] = platforms.map((platform) => payloadFor(platform, announcement));
    const keys = [
      wns?.headers["X-WNS-Tag"],
      apns?.headers["apns-collapse-id"],
      JSON.parse(fcmv1?.body ?? "").message.android.notification.tag,
    ];
    expect(new Set(keys).size).toBe(1);
    return keys[0];
  };
  const announcement = announcementOf("x");
  const expected = createHash("sha256")
    .update(`${userDigest}:TodoItem:42`)
    .digest("hex")
    .slice(0, 16);
  expect(keyOf(announcement)).toBe(expected);
  expect(keyOf({ ...announcement, text: "y" })).toBe(expected);
  expect(keyOf({ ...announcement, source: { ...announcement.source, rowId: "43" } })).not.toBe(
    expected,
  );
  expect(keyOf({ ...announcement, source: { ...announcement.source, table: "Order" } })).not.toBe(
    expected,
  );
  const others = [
    { kind: "user", digest: "cd".repeat(32) },
    { kind: "topic", topic: "world" },
    { kind: "topic", topic: "everyone" },
    { kind: "everyone" },
  ] as const;
  const keys = others.map((audience) => keyOf({ ...announcement, audience }));
  expect(new Set([expected, ...keys]).size).toBe(5);
  // Rows of two owners with one id, for the same user.
  const owned = ["aa", "bb"].map((partition) =>
    keyOf({ ...announcement, source: { ...announcement.source, partition } }),
  );
  expect(new Set([expected, ...owned]).size).toBe(3);
});

test.each([
  ["a user", { kind: "user", digest: userDigest }, userDigest],
  ["a topic", { kind: "topic", topic: "world" }, "topic:world"],
  ["everyone", { kind: "everyone" }, "everyone"],
] as const)(
  "a message to %s has the same replacement key in every release",
  (_, audience, name) => {
    const source = { table: "Notification", partition: "news-1", rowId: "news-1" };
    const { headers } = payloadFor("apns", { ...announcementOf("x"), audience, source });
    const digest = createHash("sha256").update(`${name}:Notification:news-1`).digest("hex");
    expect(headers["apns-collapse-id"]).toBe(digest.slice(0, 16));
  },
);

/** All settings, as long as they may be. */
const everything = {
  appleTitle: true,
  appleSound: "s".repeat(64),
  androidChannel: '"'.repeat(100),
};

test.each(platforms)(
  "a %s payload fits with every setting on, and the longest title, data and text",
  (platform) => {
    fc.assert(
      fc.property(
        fc.constantFrom("a", '"', "<", "\u0001", "€", "\u{1f95b}"),
        fc.constantFrom("a", "&", "\u0001", "€"),
        (unit, value) => {
          const title = unit.repeat(200).slice(0, 200).toWellFormed();
          const encoded = String(new URLSearchParams({ a: value })).length - 2;
          const data = { a: value.repeat(Math.floor(1_022 / encoded)) };
          const payload = payloadFor(
            platform,
            { ...announcementOf(unit.repeat(10_000)), title, data },
            everything,
          );
          expect(Buffer.byteLength(payload.body)).toBeLessThanOrEqual(4096);
          // Some of the text is left.
          expect(shownText(payload).length).toBeGreaterThan(50);
        },
      ),
    );
  },
);

test("settings change only what they name", () => {
  const apple = (settings: PayloadSettings) =>
    JSON.parse(payloadFor("apns", announcementOf("text"), settings).body).aps;
  expect(apple({})).toEqual({ alert: "text" });
  expect(apple({ appleTitle: true })).toEqual({
    alert: { title: "New item added:", body: "text" },
  });
  expect(apple({ appleSound: "default" })).toEqual({ alert: "text", sound: "default" });
  const android = (settings: PayloadSettings) =>
    JSON.parse(payloadFor("fcmv1", announcementOf("text"), settings).body).message.android;
  const notification = { tag: expect.any(String) };
  expect(android({ appleTitle: true })).toEqual({ priority: "high", notification });
  expect(android({ androidChannel: "items" })).toEqual({
    priority: "high",
    notification: { ...notification, channel_id: "items" },
  });
});

test.each(platforms)(
  "a text that begins with a huge grapheme keeps a part of it on %s",
  (platform) => {
    const text = `e${"\u0301".repeat(9_000)}`;
    const shown = shownText(payloadFor(platform, announcementOf(text)));
    expect(shown.length).toBeGreaterThan(1_000);
    expect(text).toContain(shown.slice(0, -1));
    expect(shown.at(-1)).toBe("\u2026");
  },
);

test.each(platforms)("a huge grapheme of surrogate pairs is cut between them on %s", (platform) => {
  for (let accents = 0; accents < 9; accents++) {
    const text = `\u{1f468}${"\u0301".repeat(accents)}${"\u200d\u{1f468}".repeat(3_000)}`;
    const shown = shownText(payloadFor(platform, announcementOf(text)));
    expect(shown.length).toBeGreaterThan(500);
    expect(shown.isWellFormed()).toBe(true);
    expect(text.startsWith(shown.slice(0, -1))).toBe(true);
  }
});
