import { generateKeyPairSync, type KeyPairKeyObjectResult } from "node:crypto";
import { TableClient } from "@azure/data-tables";
import { afterAll, expect, test } from "vitest";
import { deliveries, insert, iPhone, register } from "../../support/client.ts";
import { jwk, newKeyPair, startTestIssuer, testAudience } from "../../support/testIssuer.ts";
import { useTestStack } from "../../support/testStack.ts";

const rsa = newKeyPair();
const keys: ReadonlyMap<string, KeyPairKeyObjectResult> = new Map([
  ["RS256", rsa],
  ["RS384", rsa],
  ["RS512", rsa],
  ["PS256", rsa],
  ["PS384", rsa],
  ["PS512", rsa],
  ["ES256", generateKeyPairSync("ec", { namedCurve: "P-256" })],
  ["ES384", generateKeyPairSync("ec", { namedCurve: "P-384" })],
  ["ES512", generateKeyPairSync("ec", { namedCurve: "P-521" })],
]);

const issuer = await startTestIssuer(rsa);
const second = await startTestIssuer(rsa);
for (const [alg, { publicKey }] of keys) {
  issuer.published.push(jwk(publicKey, { kid: `named ${alg}`, alg }), jwk(publicKey, { kid: alg }));
}
const stack = useTestStack(async () => ({
  Auth__tests__issuer: issuer.url,
  Auth__tests__audience: testAudience,
  Auth__testsa__issuer: second.url,
  Auth__testsa__audience: testAudience,
}));
afterAll(() => Promise.all([issuer.stop(), second.stop()]));

test.each([...keys])("accepts a token signed with %s", async (alg, { privateKey }) => {
  for (const kid of [`named ${alg}`, alg]) {
    const token = issuer.token({}, privateKey, { alg, kid });
    expect(await insert(stack(), token, { text: alg })).toMatchObject({ status: 201 });
  }
});

test("users with similar subjects share no id, no item and no notification", async () => {
  const subjects = [
    "carol",
    "Carol",
    "CAROL",
    "carol ",
    "carol\u200b",
    "\u0441arol",
    "tests:carol",
    // One text in normalisation forms C and D, and two texts that only form KC makes equal.
    "c\u00e1rol",
    "ca\u0301rol",
    "\ufb01ona",
    "fiona",
    "a:b",
    "a,b",
    "a/b",
    "a b",
    "a-b",
    "a%3Ab",
    "ab",
  ];
  const tokens = [
    ...subjects.map((sub) => issuer.token({ sub })),
    // The provider "testsa" has users with the same names. Its user "b" is not the user "ab" of "tests".
    ...["carol", "a:b", "b"].map((sub) => second.token({ sub })),
  ];
  const users = tokens.map((token, index) => ({ token, phone: iPhone(), text: `of ${index}` }));
  for (const { token, phone } of users) {
    expect(await register(stack(), token, phone)).toMatchObject({ status: 200 });
  }
  for (const { token, text } of users) {
    // All users insert the same id. It would be a conflict if two users shared their items.
    expect(await insert(stack(), token, { id: "one", text })).toMatchObject({ status: 201 });
  }

  for (const { phone, text } of users) {
    const seen = (await deliveries(stack(), phone.handle)).map(({ body }) => JSON.parse(body));
    expect(seen.map(({ aps }) => aps.alert)).toEqual([text]);
  }
  const table = TableClient.fromConnectionString(stack().addresses.storage, "TodoItem", {
    allowInsecureConnection: true,
  });
  const rows = await Array.fromAsync(table.listEntities());
  const owners = rows.flatMap(({ rowKey, partitionKey }) => (rowKey === "one" ? partitionKey : []));
  expect(new Set(owners).size).toBe(users.length);
});

test("ignores principal headers in a request with a token", async () => {
  const phone = iPhone();
  const token = issuer.token({ sub: "dave" });
  await register(stack(), token, phone);
  const principal = { claims: [{ typ: "sub", val: "erin" }], userId: "erin" };
  const response = await fetch(`${stack().addresses.functions}/tables/TodoItem`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      authorization: `Bearer ${token}`,
      "x-ms-client-principal": Buffer.from(JSON.stringify(principal)).toString("base64"),
      "x-ms-client-principal-id": "erin",
      "x-ms-client-principal-idp": "tests",
      "x-ms-client-principal-name": "erin",
    },
    body: JSON.stringify({ text: "dave's" }),
  });
  expect(response.status).toBe(201);
  expect(await deliveries(stack(), phone.handle)).toHaveLength(1);
});
