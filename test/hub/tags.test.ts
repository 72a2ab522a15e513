import fc from "fast-check";
import { expect, test } from "vitest";
import { installationTag, userTag } from "../../src/hub/tags.ts";
import { userDigest } from "../../src/user.ts";

test("a tag says nothing of what it was made from, and fits the hub's alphabet and length", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 255 }), (subject) => {
      const tags = [userTag(userDigest(`google:${subject}`)), installationTag(subject)];
      expect(tags[0]).toMatch(/^user:[0-9a-f]{64}$/);
      expect(tags[1]).toMatch(/^installation:[0-9a-f]{64}$/);
    }),
  );
});

test("what differs in case, in normalisation form or by a separator has another tag", () => {
  const ids = [
    "google:a",
    "google:A",
    "google:\u00e9",
    "google:e\u0301",
    "apple:a",
    "google:a,b",
    "google:a ",
  ];
  expect(new Set(ids.map((id) => installationTag(id))).size).toBe(ids.length);
});

test("the digest of known characters is their SHA-256 in lower-case hex", () => {
  expect(installationTag("abc")).toBe(
    "installation:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  );
});
