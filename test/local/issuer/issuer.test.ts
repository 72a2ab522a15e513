import { request } from "node:http";
import * as v from "valibot";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Issuer, startIssuer } from "../../../local/issuer/issuer.ts";

let issuer: Issuer;
beforeAll(async () => {
  issuer = await startIssuer(0);
});
afterAll(() => issuer.stop());

const tokens = v.object({ access_token: v.string(), id_token: v.string() });

async function ask(form: Record<string, string>) {
  const body = new URLSearchParams(form);
  const response = await fetch(`${issuer.url}/token`, { method: "POST", body });
  return { status: response.status, body: await response.json() };
}

/** Returns the subjects of both tokens. */
function subjects(body: unknown): unknown[] {
  return Object.values(v.parse(tokens, body)).map((token) => {
    const payload = Buffer.from(token.split(".")[1] ?? "", "base64url").toString();
    return JSON.parse(payload).sub;
  });
}

/** Signs in as in a browser. @returns the code */
async function codeOf(username: string, redirectUri: string): Promise<string> {
  const asked = { response_type: "code", redirect_uri: redirectUri, username };
  const response = await fetch(`${issuer.url}/authorize?${new URLSearchParams(asked)}`, {
    redirect: "manual",
  });
  return new URL(response.headers.get("location") ?? "").searchParams.get("code") ?? "";
}

test("signs in by name, and issues both tokens to that user", async () => {
  const { body } = await ask({ grant_type: "password", username: "alice" });
  expect(subjects(body)).toEqual(["alice", "alice"]);
});

test("accepts a code only once, and only with the address that it was sent to", async () => {
  const redirect_uri = "http://localhost:1/callback";
  const form = { grant_type: "authorization_code", redirect_uri };
  const code = await codeOf("bob", redirect_uri);
  expect(subjects((await ask({ ...form, code })).body)).toEqual(["bob", "bob"]);
  const refused = { status: 400, body: { error: "invalid_grant" } };
  expect(await ask({ ...form, code })).toMatchObject(refused);
  const other = await codeOf("bob", "http://localhost:2/callback");
  expect(await ask({ ...form, code: other })).toMatchObject(refused);
});

test.each([
  { grant_type: "password" },
  { grant_type: "password", username: "" },
  { grant_type: "authorization_code", code: "made-up" },
  { grant_type: "authorization_code" },
  { grant_type: "refresh_token", refresh_token: "made-up" },
])("refuses %j", async (form) => {
  expect(await ask(form)).toMatchObject({ status: 400, body: { error: "invalid_grant" } });
});

test("escapes the parameters of the request on its page", async () => {
  const script = `"><script>alert(1)</script>`;
  const asked = { redirect_uri: "http://localhost:1/", client_id: script, [script]: script };
  const page = await fetch(`${issuer.url}/authorize?${new URLSearchParams(asked)}`);
  expect(await page.text()).not.toContain("<script");
});

test("a name that is not validly encoded is 400, and the issuer goes on", async () => {
  for (const path of ["/token/%ff", "/token/%ED%A0%80"]) {
    expect((await fetch(issuer.url + path)).status).toBe(400);
  }
  expect((await fetch(`${issuer.url}/token/alice`)).status).toBe(200);
  const expired = await (await fetch(`${issuer.url}/token/alice?seconds=-60`)).text();
  const { exp } = JSON.parse(Buffer.from(expired.split(".")[1] ?? "", "base64url").toString());
  expect(exp).toBeLessThan(Date.now() / 1_000);
});

test("another host name, which means DNS rebinding, gets nothing", async () => {
  const status = (host: string) =>
    new Promise((resolve, reject) => {
      request(`${issuer.url}/token/alice`, { headers: { host } }, (incoming) => {
        incoming.resume();
        resolve(incoming.statusCode);
      })
        .on("error", reject)
        .end();
    });
  expect(await status("evil.example")).toBe(403);
  expect(await status("10.0.2.2:7073")).toBe(200);
});
