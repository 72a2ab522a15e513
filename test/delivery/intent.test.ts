import fc from "fast-check";
import { expect, test } from "vitest";
import type { Announcement } from "../../src/delivery/announcement.ts";
import { messageOf, newIntent, readIntent } from "../../src/delivery/intent.ts";
import { platforms } from "../../src/platforms/platforms.ts";
import { codePoint } from "../support/codePoint.ts";
import { payloadFor } from "../support/payloadFor.ts";

const now = Date.now();
const source = { table: "TodoItem", partition: "ab".repeat(32), rowId: "x".repeat(64) };

function announcementOf(text: string): Announcement {
  return {
    audience: { kind: "user", digest: source.partition },
    source,
    title: "t",
    text,
    data: { todoItemId: "x" },
  };
}

test("an intent is read as it was written, and fits into a queue message in base64", () => {
  const texts = fc.oneof(
    fc.string({ unit: codePoint, minLength: 1, maxLength: 10_000 }),
    fc.constantFrom("\0".repeat(10_000), "👩‍👩‍👧‍👦".repeat(900), "\u{1f95b}".repeat(5_000)),
  );
  fc.assert(
    fc.property(texts, (text) => {
      const announcement = announcementOf(text.toWellFormed());
      const intent = newIntent(announcement, platforms, now);
      const written = JSON.stringify(messageOf(intent));
      expect(readIntent(JSON.parse(written))).toEqual({ kind: "intent", intent });
      expect(Buffer.from(written).toString("base64").length).toBeLessThanOrEqual(65_536);
      // The intent omits only text that no payload would show.
      for (const platform of platforms) {
        expect(payloadFor(platform, intent.announcement)).toEqual(
          payloadFor(platform, announcement),
        );
      }
    }),
    { numRuns: 50 },
  );
});

test.each(platforms)(
  "an intent keeps as much of a text as a payload for %s can show",
  (platform) => {
    const announcement = { ...announcementOf("a".repeat(10_000)), title: "", data: {} };
    const intent = newIntent(announcement, platforms, now);
    expect(payloadFor(platform, intent.announcement)).toEqual(payloadFor(platform, announcement));
  },
);

/** An intent of this insert, with some members changed, as a message has it. */
const written = (announcement: Announcement, changes: object = {}): Record<string, unknown> => ({
  ...messageOf(newIntent(announcement, platforms, now)),
  ...changes,
});
const toTopic = (topic: string): Announcement => ({
  ...announcementOf("x"),
  audience: { kind: "topic", topic },
});

test.each([
  ["a text", "hello"],
  ["an intent of version 0", written(announcementOf("x"), { version: 0 })],
  ["a later version without a time", { version: 4 }],
  ["an intent for an unknown platform", written(announcementOf("x"), { platforms: ["fax"] })],
  ["an intent of version 1 for no platform", written(announcementOf("x"), { platforms: [] })],
  ["an intent for a topic that is none", written(toTopic("a || b"))],
  ["a version 2 that this code does not write", { version: 2, createdAt: "2026-01-01T00:00:00Z" }],
  [
    "a later version of a time that cannot be read",
    { version: 4, createdAt: "2026-01-01T00:00:00+00" },
  ],
  ["null", null],
])("refuses to read %s as an intent", (_, message) => {
  expect(readIntent(message)).toEqual({ kind: "unreadable" });
});

test("reads an intent of a release without postponements", () => {
  const intent = newIntent(announcementOf("x"), platforms, now);
  const { postponements, ...earlier } = Object(messageOf(intent));
  expect(readIntent(earlier)).toEqual({ kind: "intent", intent });
});

test("recognises an intent of a later version, whatever else it has", () => {
  const { createdAt } = newIntent(announcementOf("x"), platforms, now);
  const intent = { version: 4, createdAt, announced: ["x"] };
  expect(readIntent(intent)).toEqual({ kind: "newer", intent });
});

test.each([
  ["a user's intent", announcementOf("x"), {}, 1],
  ["a topic's", toTopic("world"), {}, 2],
  ["everyone's", { ...announcementOf("x"), audience: { kind: "everyone" } as const }, {}, 2],
  [
    "a user's with results",
    announcementOf("x"),
    { results: [{ platform: "wns", kind: "refused" }] },
    2,
  ],
  ["what is left of a user's to record", announcementOf("x"), { platforms: [] }, 2],
] as const)("writes and reads %s as version %4$i", (_, announcement, changes, version) => {
  const intent = { ...newIntent(announcement, platforms, now), ...changes };
  const message = JSON.parse(JSON.stringify(messageOf(intent)));
  expect(message.version).toBe(version);
  expect(readIntent(message)).toEqual({ kind: "intent", intent });
});

test("the intent of an item is to the letter what the release before topics wrote", () => {
  const intent = { ...newIntent(announcementOf("x"), platforms, now), intentId: "i" };
  expect(messageOf(intent)).toEqual({
    version: 1,
    intentId: "i",
    createdAt: new Date(now).toISOString(),
    announcement: {
      userDigest: source.partition,
      source,
      title: "t",
      text: "x",
      data: { todoItemId: "x" },
    },
    platforms: ["wns", "apns", "fcmv1"],
    attempt: 0,
    postponements: 0,
  });
});
