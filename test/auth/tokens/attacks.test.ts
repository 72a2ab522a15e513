import { generateKeyPairSync } from "node:crypto";
import { afterAll, expect, test } from "vitest";
import { send } from "../../support/client.ts";
import { tokenPart } from "../../support/signedToken.ts";
import { jwk, newKeyPair, startTestIssuer, testAudience } from "../../support/testIssuer.ts";
import { useTestStack } from "../../support/testStack.ts";
import { entraClaims, tenantId, type World } from "./attacks/attack.ts";
import { claimAttacks } from "./attacks/claimAttacks.ts";
import { formatAttacks } from "./attacks/formatAttacks.ts";
import { keyAttacks } from "./attacks/keyAttacks.ts";
import { signatureAttacks } from "./attacks/signatureAttacks.ts";

const world = await createWorld();
const { issuer, other, attacker } = world;
const stack = useTestStack(async () => ({
  Auth__tests__issuer: issuer.url,
  Auth__tests__audience: testAudience,
  Auth__other__issuer: other.url,
  Auth__other__audience: "others",
  Auth__entra__tenantId: tenantId,
  Auth__entra__audience: testAudience,
  Auth__entra__jwksUri: `${issuer.url}/keys`,
  Auth__google__audience: testAudience,
  Auth__google__jwksUri: `${issuer.url}/keys`,
}));
afterAll(() => Promise.all([issuer.stop(), other.stop(), attacker.stop()]));

async function createWorld(): Promise<World> {
  const [issuer, other, attacker] = await Promise.all([
    startTestIssuer(),
    startTestIssuer(),
    startTestIssuer(),
  ]);
  const elliptic = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const weak = newKeyPair(1024);
  const { publicKey } = issuer.keys;
  issuer.published.push(
    jwk(elliptic.publicKey, { kid: "ec", alg: "ES256" }),
    jwk(elliptic.publicKey, { kid: "ec-any" }),
    jwk(publicKey, { kid: "any" }),
    jwk(publicKey, { kid: "enc", use: "enc" }),
    jwk(publicKey, { kid: "ops", key_ops: ["encrypt", "wrapKey"] }),
    jwk(publicKey, { kid: "oaep", alg: "RSA-OAEP" }),
    jwk(weak.publicKey, { kid: "weak", alg: "RS256" }),
    { kty: "oct", kid: "secret", alg: "HS256", k: tokenPart(Buffer.alloc(32)) },
    // Entries that are not keys do not stop the app from using the others.
    null,
    "key",
    { kty: "RSA", kid: "broken", n: "AQAB" },
  );
  other.published = [jwk(other.keys.publicKey, { kid: "others", alg: "RS256" })];
  return { issuer, other, attacker, elliptic, weak };
}

/** Sends an invalid body: a signed-in caller gets 400, because the app reads the body. */
function ask(headers: Record<string, string>, path = "/tables/TodoItem") {
  return send(stack(), "POST", path, { headers, body: [] });
}

/** Returns the parts of a token that are recognisable in a response or a log. */
function tracesOf(token: string): string[] {
  const contents = token.split(".").flatMap((part) => {
    const text = Buffer.from(part, "base64url").toString("utf8");
    return [part, ...(/"kid":"([^"]+)"/.exec(text)?.slice(1) ?? [])];
  });
  return [token, ...contents].filter((trace) => trace.length >= 12);
}

const attacks = [...signatureAttacks, ...keyAttacks, ...claimAttacks, ...formatAttacks];
/** The tokens of all attacks. No log may contain them. */
const sent: string[] = [];

test.each(attacks)("refuses %s (%s)", async (what, _source, names, makeToken) => {
  const token = makeToken(world);
  const answer = await ask(asHeader(token, what.length % 2 === 0));
  expect(answer).toMatchObject({ status: 401, body: { detail: expect.stringContaining(names) } });
  // RFC 6750, 3: only ASCII, without quotes and backslashes.
  const challenge = answer.headers.get("www-authenticate");
  expect(challenge).toMatch(
    /^Bearer error="invalid_token", error_description="[\x20\x21\x23-\x5b\x5d-\x7e]+"$/,
  );
  for (const trace of tracesOf(token)) expect(answer.text + challenge).not.toContain(trace);
  sent.push(token);
});

/** Puts a token into one of the two headers. Both work the same, so each attack uses only one. */
function asHeader(token: string, bearer: boolean): Record<string, string> {
  return bearer ? { authorization: `Bearer ${token}` } : { "x-zumo-auth": token };
}

test("covers at least 60 different attacks", () => {
  expect(new Set(attacks.map(([what]) => what)).size).toBe(attacks.length);
  expect(attacks.length).toBeGreaterThanOrEqual(60);
});

test.each([
  ["no token", {}],
  ["another scheme", { authorization: "Basic c29tZWJvZHk6c2VjcmV0" }],
  ["a token without its scheme", { authorization: issuer.token() }],
  ["the scheme alone", { authorization: "Bearer" }],
  ["an empty header", { "x-zumo-auth": " " }],
  ["principal headers", { "x-ms-client-principal-id": "bob", "x-ms-client-principal": "e30=" }],
  ["a cookie", { cookie: `token=${issuer.token()}; AppServiceAuthSession=${issuer.token()}` }],
])("sends a challenge without an error code for %s (RFC 6750, 3)", async (_, headers) => {
  const answer = await ask(headers);
  expect(answer.status).toBe(401);
  expect(answer.headers.get("www-authenticate")).toBe("Bearer");
});

test("accepts no token in the URL or the body (RFC 6750, 2.2 and 2.3; our policy)", async () => {
  const token = issuer.token();
  const path = `/tables/TodoItem?access_token=${token}`;
  expect(await ask({}, path)).toMatchObject({ status: 401 });
  const body = { access_token: token };
  expect(await send(stack(), "POST", "/tables/TodoItem", { body })).toMatchObject({ status: 401 });
});

test.each([
  [
    "in both headers",
    (a: string, b: string) => ({ authorization: `Bearer ${a}`, "x-zumo-auth": b }),
  ],
  ["in one header that is sent twice", (a: string, b: string) => ({ "x-zumo-auth": `${a}, ${b}` })],
  ["as two bearers", (a: string, b: string) => ({ authorization: `Bearer ${a}, Bearer ${b}` })],
])("refuses two different tokens %s, but accepts one twice (RFC 6750, 3.1)", async (_, headers) => {
  const [one, two] = [issuer.token(), issuer.token({ sub: "another" })];
  const refused = await ask(headers(one, two));
  expect(refused.status).toBe(400);
  expect(refused.headers.get("www-authenticate")).toMatch(/^Bearer error="invalid_request", /);
  expect(refused.text).not.toContain(two);
  expect(await ask(headers(one, one))).toMatchObject({ status: 400, body: { errors: [{}] } });
});

test("refuses a JSON token (RFC 7519, 1: JWTs are always in the compact serialization)", async () => {
  const [header, payload, signature] = issuer.token().split(".");
  const json = JSON.stringify({ protected: header, payload, signature });
  const answer = await ask({ authorization: `Bearer ${json}` });
  // RFC 6750, 2.1 and 3.1: JSON is not the syntax of credentials, so the request is malformed.
  expect(answer.status).toBe(400);
  expect(answer.text).not.toContain(payload);
});

test("a token with a Latin-1 letter does not get past the host (RFC 6750, 2.1: b64token)", async () => {
  const answer = await ask({ "x-zumo-auth": `${issuer.token()}\u00e9` });
  expect([answer.status, answer.text]).toEqual([400, ""]);
});

test("returns 431 for a header that exceeds the limit of the host", async () => {
  expect(await ask({ "x-zumo-auth": "x".repeat(40_000) })).toMatchObject({ status: 431 });
});

test.each([
  ["of the issuer", () => issuer.token()],
  ["with this app among its audiences", () => issuer.token({ aud: ["another-app", testAudience] })],
  ["that expired less than a minute ago", () => issuer.token({ exp: Date.now() / 1000 - 50 })],
  ["that becomes valid within a minute", () => issuer.token({ nbf: Date.now() / 1000 + 50 })],
  ["that expires within a year", () => issuer.token({ exp: Date.now() / 1000 + 31_536_000 })],
  ["without typ", () => issuer.token({}, undefined, { typ: undefined })],
  ["of the type at+jwt", () => issuer.token({}, undefined, { typ: "application/at+JWT" })],
  ["of 30 KiB", () => issuer.token({ groups: Array(590).fill(tenantId) })],
  ["with a subject of 255 characters", () => issuer.token({ sub: "s".repeat(255) })],
  ["without kid if exactly one key fits", () => soleKeyToken()],
  ["of Entra", () => issuer.token(entraClaims)],
  ["of Google", () => issuer.token({ iss: "https://accounts.google.com" })],
  ["of Google under its other issuer name", () => issuer.token({ iss: "accounts.google.com" })],
])("accepts a valid token %s after all attacks", async (_, makeToken) => {
  expect(await ask({ "x-zumo-auth": makeToken() })).toMatchObject({
    status: 400,
    body: { errors: [{ pointer: "#" }] },
  });
});

function soleKeyToken(): string {
  const claims = { ...other.claims(), aud: "others" };
  return other.token(claims, undefined, { kid: undefined });
}

test("logs no token and no unexpected error, and fetches no keys from the attacker", () => {
  expect(sent).toHaveLength(attacks.length);
  for (const trace of sent.flatMap(tracesOf)) expect(stack().log()).not.toContain(trace);
  expect(stack().log()).not.toContain("Unexpected:");
  expect(attacker.fetches).toBe(0);
});
