import fc from "fast-check";
import { expect, test } from "vitest";
import { newIntent, readIntent } from "../../src/delivery/intentQueue.ts";
import { payloadFor } from "../../src/delivery/payload.ts";
import { platforms } from "../../src/hub/platform.ts";

const now = Date.now();
const source = { table: "TodoItem", partition: "ab".repeat(32), rowId: "x".repeat(64) };

function announcementOf(text: string) {
  return { userDigest: source.partition, source, title: "t", text, data: { todoItemId: "x" } };
}

test("an intent is read as it was written, and fits into a queue message in base64", () => {
  const texts = fc.oneof(
    fc.string({ unit: "binary", minLength: 1, maxLength: 10_000 }),
    fc.constantFrom("\0".repeat(10_000), "👩‍👩‍👧‍👦".repeat(900), "\u{1f95b}".repeat(5_000)),
  );
  fc.assert(
    fc.property(texts, (text) => {
      const announcement = announcementOf(text.toWellFormed());
      const intent = newIntent(announcement, platforms, now);
      const written = JSON.stringify(intent);
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

test.each([
  ["a text", "hello"],
  ["an intent of version 0", { ...newIntent(announcementOf("x"), platforms, now), version: 0 }],
  ["a later version without a time", { version: 2 }],
  [
    "an intent for an unknown platform",
    { ...newIntent(announcementOf("x"), platforms, now), platforms: ["fax"] },
  ],
  [
    "an intent for no platform",
    { ...newIntent(announcementOf("x"), platforms, now), platforms: [] },
  ],
  [
    "a later version of a time that cannot be read",
    { version: 2, createdAt: "2026-01-01T00:00:00+00" },
  ],
  ["null", null],
])("refuses to read %s as an intent", (_, message) => {
  expect(readIntent(message)).toEqual({ kind: "unreadable" });
});

test("reads an intent of a release without postponements", () => {
  const { postponements, ...earlier } = newIntent(announcementOf("x"), platforms, now);
  expect(readIntent(earlier)).toEqual({ kind: "intent", intent: { ...earlier, postponements: 0 } });
});

test("recognises an intent of a later version, whatever else it has", () => {
  const { createdAt } = newIntent(announcementOf("x"), platforms, now);
  const intent = { version: 2, createdAt, announced: ["x"] };
  expect(readIntent(intent)).toEqual({ kind: "newer", intent });
});
