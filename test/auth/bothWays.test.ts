import { randomUUID } from "node:crypto";
import { request } from "node:http";
import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { insert, iPhone, register, send, signIn } from "../support/client.ts";
import { startTestHost, type TestHost } from "../support/hosts.ts";
import { usePlatform } from "../support/platform.ts";
import { startTestIssuer, testAudience } from "../support/testIssuer.ts";

const { stack, platform, byToken, sessionOf, expectShown } = usePlatform();

describe("forged principal headers", () => {
  const content = (provider: string, subject: string) =>
    Buffer.from(
      JSON.stringify({
        auth_typ: provider,
        claims: [
          { typ: "sub", val: subject },
          {
            typ: "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier",
            val: subject,
          },
        ],
      }),
    ).toString("base64");
  const forgeries = [
    ["X-MS-CLIENT-PRINCIPAL", content("facebook", "victim")],
    ["x-ms-client-principal", content("facebook", "victim")],
    ["X-Ms-Client-Principal", content("local", "victim")],
    ["X_MS_CLIENT_PRINCIPAL", content("facebook", "victim")],
    ["X-MS-CLIENT_PRINCIPAL", content("facebook", "victim")],
    ["X-MS-CLIENT-PRINCIPAL-ID", "victim"],
    ["X-MS-CLIENT-PRINCIPAL-IDP", "facebook"],
    ["X-MS-CLIENT-PRINCIPAL-NAME", "victim"],
    ["X-MS-TOKEN-FACEBOOK-ACCESS-TOKEN", "victim"],
    ["X-MS-TOKEN-AAD-ID-TOKEN", "victim"],
  ] as const;

  /** Sends headers unchanged, including repeated names. */
  function sendRaw(host: TestHost, headers: readonly (readonly [string, string])[]) {
    return new Promise<{ status: number; items: unknown }>((resolve, reject) => {
      const address = `${host.stack.addresses.functions}/tables/TodoItem`;
      const flat = [["Host", new URL(address).host], ...headers].flat();
      request(address, { headers: flat }, async (response) => {
        const text = (await Array.fromAsync(response)).join("");
        resolve({ status: response.statusCode ?? 0, items: JSON.parse(text) });
      })
        .on("error", reject)
        .end();
    });
  }

  const numbers: [string, (readonly [string, string])[]][] = [
    ...forgeries.map(([name, value]): [string, (readonly [string, string])[]] => [
      name,
      [[name, value]],
    ]),
    ["all at once", [...forgeries]],
    ["each twice", [...forgeries, ...forgeries]],
  ];

  test.each(numbers)("identify no user: %s", async (_, headers) => {
    const token = await sessionOf("victim");
    await insert(platform().stack, token, { text: "the victim's" });
    for (const host of [platform(), byToken()]) {
      expect(await sendRaw(host, headers)).toMatchObject({ status: 401 });
    }

    const mallory = `mallory-${randomUUID()}`;
    const ownSession = ["X-ZUMO-AUTH", await sessionOf(mallory)] as const;
    const ownToken = ["X-ZUMO-AUTH", await signIn(stack(), mallory)] as const;
    for (const own of [
      [platform(), ownSession],
      [byToken(), ownToken],
    ] as const) {
      const [host, header] = own;
      expect(await sendRaw(host, [...headers, header])).toEqual({ status: 200, items: [] });
      expect(await sendRaw(host, [header, ...headers])).toEqual({ status: 200, items: [] });
    }
  });
});

describe("notifies a user who registers in one way and inserts in the other", () => {
  test("at the custom provider", async () => {
    const person = randomUUID();
    const [token, sessionToken] = [await signIn(stack(), person), await sessionOf(person, "local")];
    const [phone, other] = [iPhone(), iPhone()];
    await register(byToken().stack, token, phone);
    await insert(platform().stack, sessionToken, { text: "by the platform" });
    await expectShown(phone);
    await register(platform().stack, sessionToken, other);
    await insert(byToken().stack, token, { text: "by a token" });
    await expectShown(other);
  });

  test("at Facebook and at Entra, which the platform calls aad", async () => {
    const issuer = await startTestIssuer();
    const tenantId = "01234567-89ab-cdef-0123-456789abcdef";
    const entra = `${issuer.url}/${tenantId}/v2.0`;
    const host = await startTestHost(stack(), {
      settings: {
        Auth__facebook__issuer: issuer.url,
        Auth__facebook__audience: testAudience,
        Auth__entra__issuer: entra,
        Auth__entra__jwksUri: `${issuer.url}/keys`,
        Auth__entra__tenantId: tenantId,
        Auth__entra__audience: testAudience,
      },
    });
    const person = randomUUID();
    const aad = await sessionOf(person, "aad");
    const me = await send(platform().stack, "GET", "/.auth/me", {
      headers: { "x-zumo-auth": aad },
    });
    const [{ user_id: oid }] = v.parse(v.tuple([v.object({ user_id: v.string() })]), me.body);
    for (const [token, sessionToken] of [
      [issuer.token({ sub: person }), await sessionOf(person, "facebook")],
      [issuer.token({ iss: entra, tid: tenantId, sub: "pairwise", oid }), aad],
    ] as const) {
      const phone = iPhone();
      expect(await register(host.stack, token, phone)).toMatchObject({ status: 200 });
      await insert(platform().stack, sessionToken, { text: "by the platform" });
      await expectShown(phone);
    }
    await host.stop();
    await issuer.stop();
  });
});
