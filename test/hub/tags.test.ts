import fc from "fast-check";
import { expect, test } from "vitest";
import { installationTag, userTag } from "../../src/hub/tags.ts";
import { userDigest } from "../../src/user.ts";
import { codePoint } from "../support/codePoint.ts";

test("a tag consists of a prefix and a digest, which fit the hub's alphabet and length", () => {
  fc.assert(
    fc.property(fc.string({ unit: codePoint, maxLength: 255 }), (subject) => {
      const tags = [userTag(userDigest(`google:${subject}`)), installationTag(subject)];
      expect(tags[0]).toMatch(/^user:[0-9a-f]{64}$/);
      expect(tags[1]).toMatch(/^installation:[0-9a-f]{64}$/);
    }),
  );
});

test("ids that differ in case, normalisation form or a separator have different tags", () => {
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

test("the digest of an installation id is its SHA-256 in lower-case hex", () => {
  expect(installationTag("abc")).toBe(
    "installation:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  );
});
