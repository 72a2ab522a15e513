import { afterAll, expect, test } from "vitest";
import { send } from "../../support/client.ts";
import { count } from "../../support/counts.ts";
import { tokenPart } from "../../support/signedToken.ts";
import { jwk, newKeyPair, startTestIssuer, testAudience } from "../../support/testIssuer.ts";
import { useTestStack } from "../../support/testStack.ts";
import { until } from "../../support/until.ts";

const keys = newKeyPair();
const [rotating, failing, hanging, unheard, keyless, flooded] = await Promise.all([
  startTestIssuer(keys),
  startTestIssuer(keys),
  startTestIssuer(keys),
  startTestIssuer(keys),
  startTestIssuer(keys),
  startTestIssuer(keys),
]);
const issuers = { rotating, failing, hanging, unheard, keyless, flooded };
const stack = useTestStack(async () =>
  Object.fromEntries(
    Object.entries(issuers).flatMap(([name, { url }]) => [
      [`Auth__${name}__issuer`, url],
      [`Auth__${name}__audience`, testAudience],
    ]),
  ),
);
afterAll(() => Promise.all(Object.values(issuers).map((issuer) => issuer.stop())));

/** Returns 400 if the token is accepted, because the body is invalid; otherwise 401 or 503. */
async function ask(token: string): Promise<number> {
  const headers = { "x-zumo-auth": token };
  return (await send(stack(), "POST", "/tables/TodoItem", { headers, body: [] })).status;
}
const letIn = 400;

test("accepts every valid token while the issuer rotates its keys", async () => {
  const next = newKeyPair();
  let rotated = false;
  let made = 0;
  const statuses: number[] = [];
  const ofNow = () =>
    rotated
      ? rotating.token({ jti: made++ }, next.privateKey, { kid: "2" })
      : rotating.token({ jti: made++ });
  async function askOn(times: number): Promise<void> {
    for (let asked = 0; asked < times; asked++) statuses.push(await ask(ofNow()));
  }
  const requests = Promise.all([askOn(40), askOn(40), askOn(40)]);
  await askOn(10);
  const ofBefore = rotating.token({ jti: "of before" });
  rotating.published.push(jwk(next.publicKey, { kid: "2", alg: "RS256", use: "sig" }));
  rotated = true;
  await requests;

  expect(new Set(statuses)).toEqual(new Set([letIn]));
  expect(await ask(ofBefore)).toBe(letIn);
  expect(rotating.fetches).toBe(2);
});

test("accepts tokens of known keys while the issuer is down", async () => {
  expect(await ask(failing.token())).toBe(letIn);
  await failing.stop();
  expect(await ask(failing.token({ jti: 2 }))).toBe(letIn);
  expect(await ask(failing.token({}, undefined, { kid: "unknown" }))).toBe(401);
  expect(await ask(failing.token({ jti: 3 }))).toBe(letIn);
  const warning = "The keys of failing could not be fetched";
  await until("a warning", () => stack().log().includes(warning));
});

test("responds within the deadline if the issuer hangs", async () => {
  expect(await ask(hanging.token())).toBe(letIn);
  hanging.hanging = true;
  unheard.hanging = true;
  const begin = performance.now();
  const answers = await Promise.all([
    ask(hanging.token({ jti: 2 })),
    ask(hanging.token({}, undefined, { kid: "unknown" })),
    ...Array.from({ length: 10 }, (_, jti) => ask(unheard.token({ jti }))),
  ]);
  expect(answers).toEqual([letIn, 401, ...Array.from({ length: 10 }, () => 503)]);
  // The deadline is 5 s; the rest is for a busy machine.
  expect(performance.now() - begin).toBeLessThan(10_000);
});

test("returns 503 with Retry-After if the issuer publishes no keys", async () => {
  keyless.published = [];
  const headers = { authorization: `Bearer ${keyless.token()}` };
  const answer = await send(stack(), "POST", "/tables/TodoItem", { headers, body: [] });
  expect(answer.status).toBe(503);
  expect(answer.headers.get("retry-after")).toBe("5");
  expect(answer.headers.get("www-authenticate")).toBeNull();
});

test("fetches keys twice in a flood of made-up kids, and still accepts valid tokens", async () => {
  const tokens = count(200, 10_000);
  let made = 0;
  // The signature belongs to another header. The app looks up the key before it checks the signature.
  const [, payload, signature] = flooded.token().split(".");
  async function flood(): Promise<void> {
    while (made < tokens) {
      const header = tokenPart({ alg: "RS256", kid: `made-up-${made++}` });
      expect(await ask(`${header}.${payload}.${signature}`)).toBe(401);
    }
  }
  const begin = performance.now();
  await Promise.all(Array.from({ length: 20 }, flood));
  // One more fetch for every 30 s, if the machine is that slow.
  const lasted = (performance.now() - begin) / 1_000;
  expect(flooded.fetches).toBeLessThanOrEqual(2 + Math.floor(lasted / 30));
  expect(await ask(flooded.token())).toBe(letIn);
}, 300_000);
