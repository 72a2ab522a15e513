import fc from "fast-check";
import { expect, test } from "vitest";
import { payloadRefusal } from "../../local/hubEmulator/sending/payloadRules.ts";
import type { Announcement } from "../../src/delivery/announcement.ts";
import { readContent } from "../../src/delivery/announcementContent.ts";
import { messageOf, newIntent, readIntent } from "../../src/delivery/intent.ts";
import { payloadsFor } from "../../src/delivery/payload.ts";
import { createTooLarge } from "../../src/delivery/tooLarge.ts";
import type { Fault } from "../../src/http/problem.ts";
import { platformEntries, platforms } from "../../src/platforms/platforms.ts";
import { codePoint } from "../support/codePoint.ts";
import { count } from "../support/counts.ts";

const terms = {
  settings: { appleFirebase: true, appleSound: "default", androidChannel: "c" },
  messageTables: new Set(["Notification"]),
};

const text = (longest: number) =>
  fc.oneof(
    fc.string({ unit: codePoint, minLength: 1, maxLength: longest }),
    fc.integer({ min: 1, max: longest }).map((length) => "\u0001".repeat(length)),
  );
const address = fc
  .integer({ min: 1, max: 2_000 })
  .map((length) => `https://example.com/?a&b=${"<".charCodeAt(0)}&c=${"x".repeat(length)}`);

/** What a backend may write: often too large, and sometimes against itself. */
const given = fc.record(
  {
    title: text(200),
    text: text(10_000),
    data: fc.dictionary(fc.constantFrom("a", "b", "c"), text(300)),
    image: address,
    link: fc.oneof(address, fc.constant("myapp:x?<&>'\"")),
    badge: fc.nat(100_000),
    sound: fc.constantFrom("default", "none", "chime.caf", "../x"),
    group: text(64),
    replaces: text(64),
    category: fc.constantFrom("REPLY", "a b"),
    expiresInSeconds: fc.constantFrom(0, 1, 3_600, 2_419_200, 2_419_201),
    urgency: fc.constantFrom("high", "normal"),
    silent: fc.boolean(),
    platforms: fc.record(
      {
        apns: fc.record({ own: text(1_000), aps: fc.constant({ "relevance-score": 0.5 }) }),
        fcmv1: fc.record({ message: fc.record({ fcm_options: fc.constant({}) }) }),
        wns: text(500).map((own) => `<toast>${own.replace(/[^a-z]/g, "x")}</toast>`),
      },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: ["title", "text"] },
);

const lowered = (headers: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

test("what a message carries is refused, or fits every platform, waits unchanged, and is sent alike later", () => {
  let accepted = 0;
  fc.assert(
    fc.property(given, fc.boolean(), (body, isShown) => {
      const faults: Fault[] = [];
      const { title, text: body_, image, badge, sound, group, category, urgency, ...quiet } = body;
      const content = readContent(isShown || !body.silent ? body : quiet, faults);
      expect(content === undefined).toBe(faults.length > 0);
      if (content === undefined) return;
      const announcement: Announcement = {
        audience: { kind: "everyone" },
        source: { table: "Notification", partition: "id", rowId: "id" },
        ...content,
      };
      if (createTooLarge(platforms, terms)(announcement).length > 0) return;
      accepted++;

      const now = 1_800_000_000_000;
      const intent = newIntent(announcement, platforms, now);
      const written = JSON.stringify(messageOf(intent));
      expect(Buffer.from(written).toString("base64").length).toBeLessThanOrEqual(65_536);
      expect(readIntent(JSON.parse(written))).toEqual({ kind: "intent", intent });

      for (const platform of platforms) {
        const first = payloadsFor(platform, announcement, terms, { createdAt: now, now });
        for (const { body, headers } of [first.notification, first.besides ?? first.notification]) {
          expect(Buffer.byteLength(body)).toBeLessThanOrEqual(platformEntries[platform].largest);
          expect(payloadRefusal(platform, lowered(headers), body)).toBeUndefined();
        }
        const later = { createdAt: now, now: now + 500 };
        const again = payloadsFor(platform, intent.announcement, terms, later);
        if (content.expiresInSeconds !== 0) expect(again).toEqual(first);
      }
    }),
    { numRuns: count(200, 5_000) },
  );
  expect(accepted).toBeGreaterThan(10);
});

test("what is left of a notification's time shrinks, and when it ends does not move", () => {
  const announcement: Announcement = {
    audience: { kind: "everyone" },
    source: { table: "Notification", partition: "id", rowId: "id" },
    ...{ title: "T", text: "x", data: {}, expiresInSeconds: 3_600 },
  };
  const createdAt = 1_800_000_000_000;
  const at = (seconds: number) => {
    const times = { createdAt, now: createdAt + seconds * 1_000 };
    const [wns, apns, fcmv1] = platforms.map(
      (platform) => payloadsFor(platform, announcement, terms, times).notification,
    );
    return [
      wns?.headers["X-WNS-TTL"],
      apns?.headers["apns-expiration"],
      JSON.parse(fcmv1?.body ?? "").message.android.ttl,
    ];
  };
  expect(at(0)).toEqual(["3600", "1800003600", "3600s"]);
  expect(at(3_000)).toEqual(["600", "1800003600", "600s"]);
  expect(at(4_000)).toEqual(["0", "1800003600", "0s"]);
});
