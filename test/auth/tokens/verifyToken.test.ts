import { afterAll, beforeEach, expect, test, vi } from "vitest";
import { createVerifyToken, type VerifyToken } from "../../../src/auth/tokens/verifyToken.ts";
import type { AcceptedIssuer } from "../../../src/settings/acceptedIssuer.ts";
import { signedToken, tokenPart } from "../../support/signedToken.ts";
import {
  jwk,
  newKeyPair,
  startTestIssuer,
  type TestIssuer,
  testAudience,
} from "../../support/testIssuer.ts";

const first = newKeyPair();
const next = newKeyPair();
let issuer: TestIssuer;
let verify: VerifyToken;
let now: number;
let monotonic: number;

beforeEach(async () => {
  await issuer?.stop();
  issuer = await startTestIssuer(first);
  now = Date.now();
  monotonic = 0;
  verify = createVerifyToken(
    [accepted()],
    () => now,
    () => monotonic,
  );
});
afterAll(() => issuer.stop());

function accepted(): AcceptedIssuer {
  return {
    provider: "tests",
    issuers: [issuer.url],
    audiences: [testAudience],
    subjectClaim: "sub",
  };
}

const verified = { kind: "verified", userId: "tests:someone" };

test("fetches keys twice for 10,000 tokens with made-up kids", async () => {
  const payload = tokenPart(issuer.claims());
  for (let made = 0; made < 10_000; made += 100) {
    const tokens = Array.from({ length: 100 }, (_, index) => {
      const header = tokenPart({ alg: "RS256", kid: `made-up-${made + index}` });
      // The app looks up the key before it checks the signature.
      return `${header}.${payload}.eHg`;
    });
    const answers = await Promise.all(tokens.map(verify));
    expect(answers.filter(({ kind }) => kind !== "invalid")).toEqual([]);
  }
  expect(issuer.fetches).toBe(2);
  expect(await verify(issuer.token())).toEqual(verified);
});

test("accepts a key within 30 s of its publication, even if a token used it earlier", async () => {
  const token = issuer.token({}, next.privateKey, { kid: "2" });
  expect(await verify(token)).toMatchObject({ kind: "invalid" });
  issuer.published.push(jwk(next.publicKey, { kid: "2", alg: "RS256" }));
  monotonic += 30_000;
  expect(await verify(token)).toEqual(verified);
});

test("accepts a new key if the issuer rotates its only key, which has no kid", async () => {
  const { publicKey, privateKey } = issuer.keys;
  issuer.published = [jwk(publicKey, { alg: "RS256" })];
  expect(await verify(issuer.token({}, privateKey, { kid: undefined }))).toEqual(verified);
  issuer.published = [jwk(next.publicKey, { alg: "RS256" })];
  expect(await verify(issuer.token({}, next.privateKey, { kid: undefined }))).toEqual(verified);
  expect(await verify(issuer.token({ jti: 1 }, privateKey, { kid: undefined }))).toMatchObject({
    kind: "invalid",
  });
  expect(issuer.fetches).toBe(2);
});

test("does not fetch keys for a bad signature under a known kid", async () => {
  expect(await verify(issuer.token())).toEqual(verified);
  expect(await verify(issuer.token({}, next.privateKey))).toMatchObject({ kind: "invalid" });
  expect(issuer.fetches).toBe(1);
});

test("refuses a remembered token 60 s later if its key has been withdrawn", async () => {
  const token = issuer.token();
  expect(await verify(token)).toEqual(verified);
  issuer.published = [jwk(next.publicKey, { kid: "2", alg: "RS256" })];
  await verify(issuer.token({}, next.privateKey, { kid: "2" }));
  monotonic += 59_000;
  expect(await verify(token)).toEqual(verified);
  monotonic += 1_000;
  expect(await verify(token)).toMatchObject({ kind: "invalid" });
});

test("refuses a remembered token once its exp and the tolerance have passed", async () => {
  const token = issuer.token({ exp: Math.floor(now / 1_000) + 10 });
  expect(await verify(token)).toEqual(verified);
  now += 69_000;
  expect(await verify(token)).toEqual(verified);
  now += 3_000;
  expect(await verify(token)).toEqual({ kind: "invalid", reason: "The token's exp has passed." });
});

test("refuses a token that only resembles a remembered one", async () => {
  const token = issuer.token();
  expect(await verify(token)).toEqual(verified);
  expect(await verify(token.slice(0, -4))).toMatchObject({ kind: "invalid" });
  const unsigned = signedToken({ alg: "RS256", kid: "1" }, issuer.claims(), next.privateKey);
  expect(await verify(unsigned)).toMatchObject({ kind: "invalid" });
});

test("tries each key that the issuer publishes under one kid", async () => {
  issuer.published.push(jwk(next.publicKey, { kid: "1", alg: "RS256" }));
  expect(await verify(issuer.token())).toEqual(verified);
  expect(await verify(issuer.token({ iat: 1 }, next.privateKey))).toEqual(verified);
  expect(await verify(issuer.token({}, newKeyPair().privateKey))).toMatchObject({
    kind: "invalid",
    reason: "The token's signature does not match its issuer's key.",
  });
  // The fault that is named is that of the claims, whichever key verifies the signature.
  for (const { privateKey } of [first, next]) {
    expect(await verify(issuer.token({ aud: "another" }, privateKey))).toMatchObject({
      reason: "The token's aud does not name this app.",
    });
  }
});

test("a sole key without kid serves a token that has one, and is renewed", async () => {
  issuer.published = [jwk(first.publicKey, {})];
  expect(await verify(issuer.token({}, undefined, { kid: "any" }))).toEqual(verified);
  issuer.published = [jwk(next.publicKey, {})];
  monotonic += 30_000;
  expect(await verify(issuer.token({ iat: 1 }, next.privateKey, { kid: "b" }))).toEqual(verified);
  issuer.published = [jwk(first.publicKey, {}), jwk(next.publicKey, {})];
  monotonic += 30_000;
  const token = issuer.token({ iat: 2 }, first.privateKey, { kid: "c" });
  expect(await verify(token)).toMatchObject({
    reason: "The token's kid matches no key of its issuer.",
  });
});

test("by default, the clock of the machine can be set back without putting off the next fetch", async () => {
  vi.spyOn(Date, "now").mockImplementation(() => now);
  vi.spyOn(performance, "now").mockImplementation(() => monotonic);
  try {
    verify = createVerifyToken([accepted()]);
    issuer.published = [];
    expect(await verify(issuer.token())).toEqual({ kind: "unavailable" });
    issuer.published = [jwk(first.publicKey, { kid: "1" })];
    now -= 3_600_000;
    monotonic += 5_000;
    const token = issuer.token({ iat: undefined, exp: now / 1_000 + 600 });
    expect(await verify(token)).toEqual(verified);
  } finally {
    vi.restoreAllMocks();
  }
});

test("a clock that is set back does not put off the next fetch of keys", async () => {
  issuer.published = [];
  expect(await verify(issuer.token())).toEqual({ kind: "unavailable" });
  issuer.published = [jwk(first.publicKey, { kid: "1" })];
  now -= 3_600_000;
  monotonic += 5_000;
  const token = issuer.token({ iat: undefined, exp: now / 1_000 + 600 });
  expect(await verify(token)).toEqual(verified);
});
