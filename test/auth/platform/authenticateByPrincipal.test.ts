import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addPrincipal } from "../../../local/easyAuth/principal.ts";
import { providers } from "../../../local/easyAuth/provider.ts";
import { authenticateByPrincipal } from "../../../src/auth/platform/authenticateByPrincipal.ts";
import { identifyUser } from "../../../src/auth/tokens/identifyUser.ts";
import { entraIssuer } from "../../../src/settings/acceptedIssuer.ts";
import { codePoint } from "../../support/codePoint.ts";
import { count } from "../../support/counts.ts";

const nameIdentifier = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier";
const objectIdentifier = "http://schemas.microsoft.com/identity/claims/objectidentifier";

function encoded(content: unknown): string {
  return Buffer.from(JSON.stringify(content)).toString("base64");
}

/** The headers in which the platform identifies the caller. */
function principal(provider: string, ...claims: (readonly [typ: string, val: unknown])[]) {
  const content = { auth_typ: provider, claims: claims.map(([typ, val]) => ({ typ, val })) };
  return new Headers({
    "x-ms-client-principal": encoded({ ...content, name_typ: "name", role_typ: "role" }),
    "x-ms-client-principal-id": "someone@example.com",
    "x-ms-client-principal-idp": provider,
    "x-ms-client-principal-name": "someone@example.com",
  });
}

test.each([
  ["facebook", [nameIdentifier, "10158647029715050"], "facebook:10158647029715050"],
  ["google", [nameIdentifier, "109"], "google:109"],
  ["google", ["sub", "109"], "google:109"],
  ["apple", ["sub", "001.a"], "apple:001.a"],
  ["aad", [objectIdentifier, "477001c3"], "entra:477001c3"],
  ["AAD", ["oid", "477001c3"], "entra:477001c3"],
  ["My-IdP", [nameIdentifier, "Ann"], "my-idp:Ann"],
] as const)("identifies a principal of %s with %j as %s", async (provider, claim, userId) => {
  const headers = principal(provider, ["aud", "app"], claim, ["n", 1]);
  expect(await authenticateByPrincipal(headers)).toEqual({ kind: "user", userId });
});

test("identifies Entra's users by object id, and all other users by name identifier", async () => {
  const both = [
    [nameIdentifier, "pairwise"],
    [objectIdentifier, "object"],
  ] as const;
  expect(await authenticateByPrincipal(principal("aad", ...both))).toMatchObject({
    userId: "entra:object",
  });
  expect(await authenticateByPrincipal(principal("facebook", ...both))).toMatchObject({
    userId: "facebook:pairwise",
  });
});

test("ignores tokens", async () => {
  const headers = new Headers({ authorization: "Bearer x.y.z", "x-zumo-auth": "x.y.z" });
  expect(await authenticateByPrincipal(headers)).toMatchObject({
    kind: "unauthenticated",
    problem: { status: 401, headers: { "WWW-Authenticate": "Bearer" } },
  });
});

const good = principal("facebook", [nameIdentifier, "1"]);

describe("returns 401 and identifies no user for", () => {
  const refused = async (headers: Headers) =>
    expect(await authenticateByPrincipal(headers)).toMatchObject({
      kind: "unauthenticated",
      problem: {
        status: 401,
        headers: { "WWW-Authenticate": expect.stringMatching(/^Bearer error="invalid_token"/) },
      },
    });
  const genuine = good.get("x-ms-client-principal") ?? "";
  const content = (value: unknown) => new Headers({ "x-ms-client-principal": encoded(value) });
  const claims = [{ typ: "sub", val: "1" }];

  test.each<[string, Headers]>([
    ["the id header alone", new Headers({ "x-ms-client-principal-id": "1" })],
    ["an empty principal header", new Headers({ "x-ms-client-principal": "" })],
    ["a value that is not base64", new Headers({ "x-ms-client-principal": "{}" })],
    ["a value that is not UTF-8", new Headers({ "x-ms-client-principal": "/////w==" })],
    ["two joined by a comma", new Headers({ "x-ms-client-principal": `${genuine}, ${genuine}` })],
    ["two without a separator", new Headers({ "x-ms-client-principal": genuine + genuine })],
    ["an array", content([])],
    ["null", content(null)],
    ["no provider", content({ claims })],
    ["a provider that is not a valid name", content({ auth_typ: "a:b", claims })],
    ["a provider that is not a string", content({ auth_typ: 1, claims })],
    ["our name for Entra as the provider", content({ auth_typ: "entra", claims })],
    ["no claims", content({ auth_typ: "facebook" })],
    ["claims that are not a list", content({ auth_typ: "facebook", claims: { sub: "1" } })],
    ["a claim that is null", content({ auth_typ: "facebook", claims: [null] })],
    ["a sub instead of an object id from Entra", content({ auth_typ: "aad", claims })],
    ["the platform's own id as the subject", principal("facebook", [nameIdentifier, "sid:0123"])],
    ["an empty subject", principal("facebook", [nameIdentifier, ""])],
    ["a subject that is not a string", principal("facebook", [nameIdentifier, 1])],
    ["a subject with a lone surrogate", principal("facebook", [nameIdentifier, "\ud800"])],
    ["a subject of 256 characters", principal("facebook", [nameIdentifier, "a".repeat(256)])],
    ["two different subjects", principal("facebook", [nameIdentifier, "1"], ["sub", "2"])],
  ])("%s", (_, headers) => refused(headers));

  test("a provider that differs between two headers", async () => {
    const headers = new Headers(good);
    headers.set("x-ms-client-principal-idp", "google");
    await refused(headers);
  });
});

test("identifies no user and does not throw for any random header", async () => {
  const value = fc.oneof(
    fc.base64String(),
    fc.json().map((json) => Buffer.from(json).toString("base64")),
    fc
      .record({ auth_typ: fc.anything(), claims: fc.anything() })
      .map((content) => Buffer.from(JSON.stringify(content) ?? "").toString("base64")),
    fc.string({ unit: "binary-ascii" }).map((text) => text.replace(/[^\x20-\x7e]/g, "")),
  );
  await fc.assert(
    fc.asyncProperty(value, async (header) => {
      const caller = await authenticateByPrincipal(
        new Headers({ "x-ms-client-principal": header }),
      );
      expect(caller.kind).toBe("unauthenticated");
    }),
    { numRuns: count(200, 20_000) },
  );
});

const tenantId = "01234567-89ab-cdef-0123-456789abcdef";

test.each(["facebook", "google", "apple", "aad", "local"])(
  "a user of %s has the same id by token and by the platform",
  async (name) => {
    const provider = name === "aad" ? "entra" : name;
    const subjectClaim = name === "aad" ? "oid" : "sub";
    const tenant = name === "aad" ? entraIssuer(tenantId) : {};
    const issuer = { issuers: ["x"], audiences: ["x"], ...tenant, provider, subjectClaim } as const;
    await fc.assert(
      fc.asyncProperty(fc.string({ minLength: 1, maxLength: 300, unit: codePoint }), async (id) => {
        const token = { sub: name === "aad" ? "pairwise" : id, oid: id, tid: tenantId };
        const claims = providers.get(name)?.claimsOf(token) ?? [];
        const request = { headers: {} };
        addPrincipal(request, { provider: name, claims });

        const byToken = identifyUser(issuer, { ...token, iss: "x", aud: "x", exp: 0 });
        const byPlatform = await authenticateByPrincipal(new Headers(request.headers));
        if (byToken.kind === "user" && !id.startsWith("sid:")) expect(byPlatform).toEqual(byToken);
        else expect(byPlatform.kind).toBe("unauthenticated");
      }),
      { numRuns: count(50, 5_000) },
    );
  },
);
