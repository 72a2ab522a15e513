import { randomUUID } from "node:crypto";
import { join } from "node:path";
import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { insert, send, signIn } from "../../support/client.ts";
import { startTestHost, type TestHost } from "../../support/hosts.ts";
import { session, tokenAt, usePlatform } from "../../support/platform.ts";
import { startTestIssuer } from "../../support/testIssuer.ts";
import { until } from "../../support/until.ts";

const { stack, platform, exchange, sessionOf, visit, browse, expectMainJob } = usePlatform();

describe("the sign-in of the newer client library", () => {
  test.each([
    ["facebook", "access_token"],
    ["google", "id_token"],
    ["apple", "id_token"],
    ["aad", "access_token"],
    ["local", "access_token"],
  ])("exchanges a token of %s for one that the main job accepts", async (provider, member) => {
    const answer = await exchange(`/.auth/login/${provider}`, randomUUID(), member);
    expect(answer).toMatchObject({ status: 200 });
    await expectMainJob(v.parse(session, answer.body).authenticationToken);
  });

  test("leads a browser to a token that the main job accepts", async () => {
    const { end } = await browse("/.auth/login/facebook?session_mode=token", {
      username: randomUUID(),
    });
    await expectMainJob(tokenAt(end, "/.auth/login/done").authenticationToken);
  });

  test("sets a cookie in a browser that asks for no token", async () => {
    const address = "/.auth/login/google?post_login_redirect_uri=%2Fapi%2Fhealth%3Fa%3Db";
    const { end, cookie } = await browse(address, { username: "bob" });
    expect(end).toBe("/api/health?a=b");
    expect(cookie).toMatch(/^AppServiceAuthSession=./);
    const items = await visit("/tables/TodoItem", cookie);
    expect(items).toMatchObject({ status: 200, text: "[]" });
  });

  test("skips the sign-in page if the address names the user", async () => {
    const { end, addresses } = await browse(
      "/.auth/login/aad?session_mode=token&login_hint=carol",
      {},
    );
    tokenAt(end, "/.auth/login/done");
    expect(addresses).toHaveLength(4);
  });

  test("tells an app that the user cancelled", async () => {
    const address = "/.auth/login/facebook?session_mode=token";
    const { end } = await browse(address, { cancel: "1" });
    expect(end).toMatch(/^\/\.auth\/login\/done#error=\w/);
    expect(await browse("/.auth/login/facebook", { cancel: "1" })).toMatchObject({ status: 401 });
  });

  test.each([
    ["a body without a token", {}, 400],
    ["another provider's member", { id_token: "x" }, 400],
    ["a malformed token", { access_token: "x" }, 401],
    ["a body that is not an object", [], 400],
    ["a body that is not JSON", "{", 400],
    ["a body that is too large", { access_token: "x".repeat(70_000) }, 400],
  ])("refuses %s", async (_, body, status) => {
    const answer = await send(platform().stack, "POST", "/.auth/login/facebook", { body });
    expect(answer).toMatchObject({ status });
  });

  test("refuses a token of another issuer", async () => {
    const mallory = await startTestIssuer();
    const claims = { iss: stack().addresses.issuer, aud: "notify-users" };
    const body = { access_token: mallory.token(claims) };
    await mallory.stop();
    expect(await send(platform().stack, "POST", "/.auth/login/facebook", { body })).toMatchObject({
      status: 401,
    });
  });

  test("refuses a token of a user whose name is not valid text", async () => {
    const answer = await fetch(`${stack().addresses.issuer}/token`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ grant_type: "password", username: "\ud800" }),
    });
    for (const provider of ["facebook", "aad", "local"]) {
      const path = `/.auth/login/${provider}`;
      const { access_token } = v.parse(
        v.object({ access_token: v.string() }),
        await answer.clone().json(),
      );
      const body = { access_token };
      expect(await send(platform().stack, "POST", path, { body })).toMatchObject({ status: 401 });
    }
  });

  test("returns 404 for other providers and other methods", async () => {
    expect(await visit("/.auth/login/myspace")).toMatchObject({ status: 404 });
    for (const path of ["/.auth/login/facebook", "/.auth/logout"]) {
      expect(await send(platform().stack, "PUT", path)).toMatchObject({ status: 404 });
    }
  });

  test("accepts a code only once, and only for a sign-in that was started", async () => {
    const { addresses } = await browse("/.auth/login/facebook?login_hint=alice", {});
    const callback = addresses.find((address) => address.includes("/callback?")) ?? "";
    expect(await visit(callback)).toMatchObject({ status: 401 });
    const other = await browse("/.auth/login/facebook?login_hint=alice", {});
    const { searchParams } = new URL(
      other.addresses.find((address) => address.includes("/callback?")) ?? "",
    );
    const forged = `/.auth/login/google/callback?code=${searchParams.get("code")}&state=x`;
    expect(await visit(forged)).toMatchObject({ status: 401, location: null });
  });
});

describe("a session", () => {
  const get = (host: TestHost, path: string, token: string, header = "x-zumo-auth") =>
    send(host.stack, "GET", path, { headers: { [header]: token } });

  test("is read from X-ZUMO-AUTH, from Authorization and from the cookie", async () => {
    const token = await sessionOf("alice");
    for (const [header, value] of [
      ["X-ZUMO-AUTH", token],
      ["Authorization", `Bearer ${token}`],
      ["authorization", `bearer ${token}`],
      ["Cookie", `a=b; AppServiceAuthSession=${token}`],
    ] as const) {
      expect(await get(platform(), "/.auth/me", value, header)).toMatchObject({
        status: 200,
        body: [{ provider_name: "facebook", user_id: "alice" }],
      });
      expect(await get(platform(), "/tables/TodoItem", value, header)).toMatchObject({
        status: 200,
      });
    }
  });

  test("needs its token; without it, the request is passed on anonymously", async () => {
    for (const token of ["", "x", `${await sessionOf("alice")}x`, await signIn(stack(), "alice")]) {
      expect(await get(platform(), "/.auth/me", token)).toMatchObject({ status: 401 });
      expect(await get(platform(), "/.auth/refresh", token)).toMatchObject({ status: 401 });
      expect(await get(platform(), "/api/health", token)).toMatchObject({ status: 200 });
      expect(await get(platform(), "/tables/TodoItem", token)).toMatchObject({
        status: 401,
        body: { error: "No user is signed in. Sign in first." },
      });
    }
  });

  test("can be refreshed until it expires, then returns 401", async () => {
    const brief = await startTestHost(stack(), { easyAuth: { sessionSeconds: 2 } });
    const begin = performance.now();
    const body = { access_token: await signIn(stack(), "alice") };
    const first = await send(brief.stack, "POST", "/.auth/login/facebook", { body });
    const { authenticationToken: old } = v.parse(session, first.body);
    let token = old;
    while (performance.now() - begin < 3_000) {
      const { body } = await get(brief, "/.auth/refresh", token);
      token = v.parse(session, body).authenticationToken;
    }
    expect(await get(brief, "/tables/TodoItem", old)).toMatchObject({ status: 401 });
    expect(await get(brief, "/tables/TodoItem", token)).toMatchObject({ status: 200 });
    await until("the end of the session", async () => {
      return (await get(brief, "/tables/TodoItem", token)).status === 401;
    });
    expect(await get(brief, "/.auth/refresh", token)).toMatchObject({ status: 401 });
    await brief.stop();
  });

  test("ends on sign-out, for every token that it had", async () => {
    const first = await sessionOf("alice");
    const other = await sessionOf("alice");
    const { body } = await get(platform(), "/.auth/refresh", first);
    const { authenticationToken: second } = v.parse(session, body);
    const cookie = `AppServiceAuthSession=${second}`;
    expect(await visit("/.auth/logout", cookie)).toMatchObject({
      status: 302,
      location: "/.auth/logout/done",
      cookie: "AppServiceAuthSession=",
    });
    expect(await visit("/.auth/logout/done")).toMatchObject({ status: 200 });
    for (const token of [first, second]) {
      expect(await get(platform(), "/tables/TodoItem", token)).toMatchObject({ status: 401 });
      expect(await get(platform(), "/.auth/refresh", token)).toMatchObject({ status: 401 });
    }
    expect(await get(platform(), "/tables/TodoItem", other)).toMatchObject({ status: 200 });
  });
});

test("an app receives the caller's identity as the platform passes it", async () => {
  const appDirectory = join(import.meta.dirname, "../functionsHost/apps/sound");
  const echo = await startTestHost(stack(), {
    appDirectory,
    settings: { GREETING: "hello" },
    easyAuth: { sessionSeconds: 60 },
  });
  const body = { access_token: await signIn(stack(), "Zoë") };
  const { body: opened } = await send(echo.stack, "POST", "/.auth/login/facebook", { body });
  const { authenticationToken } = v.parse(session, opened);
  const calls = { "x-zumo-auth": authenticationToken, "x-ms-client-principal-name": "forged" };
  const told = await send(echo.stack, "GET", "/api/echo/1", { headers: calls });
  const { headers } = v.parse(v.object({ headers: v.record(v.string(), v.string()) }), told.body);
  expect(headers).toMatchObject({
    "x-ms-client-principal-id": "Zo%C3%AB",
    "x-ms-client-principal-name": "Zo%C3%AB",
    "x-ms-client-principal-idp": "facebook",
  });
  const principal = Buffer.from(headers["x-ms-client-principal"] ?? "", "base64").toString();
  expect(JSON.parse(principal)).toMatchObject({
    auth_typ: "facebook",
    claims: expect.arrayContaining([{ typ: expect.stringMatching(/nameidentifier$/), val: "Zoë" }]),
    name_typ: expect.stringMatching(/\/name$/),
  });
  await echo.stop();
});

test("the log contains no token", async () => {
  const token = await sessionOf("alice");
  await exchange("/login/facebook", "alice");
  await insert(platform().stack, token, { text: "hello" });
  expect(platform().stack.log()).toContain('"outcome"');
  expect(platform().stack.log()).not.toMatch(/eyJ/);
});

describe("a sign-in that ends in the app itself", () => {
  const listed = "myapp://easyauth.callback";

  test("goes to a listed address, with its query and the token, and to no other", async () => {
    const host = await startTestHost(stack(), {
      easyAuth: { sessionSeconds: 60, externalRedirects: [listed, "https://web.example.com/done"] },
    });
    try {
      const begin = async (end: string): Promise<Response> =>
        fetch(
          `${host.stack.addresses.functions}/.auth/login/facebook?session_mode=token&login_hint=dora&post_login_redirect_url=${encodeURIComponent(end)}`,
          { redirect: "manual" },
        );
      const follow = async (end: string): Promise<string> => {
        let response = await begin(end);
        for (let hops = 0; hops < 5; hops++) {
          const location = response.headers.get("location") ?? "";
          if (!location.startsWith("http://127.0.0.1") && !location.startsWith("/"))
            return location;
          response = await fetch(new URL(location, host.stack.addresses.functions), {
            redirect: "manual",
          });
        }
        return "";
      };
      expect(await follow(`${listed}?a=b`)).toMatch(
        /^myapp:\/\/easyauth\.callback\?a=b#token=%7B%22authenticationToken%22/,
      );
      expect(await follow("https://web.example.com/done")).toMatch(
        /^https:\/\/web\.example\.com\/done#token=/,
      );
      for (const other of [
        "myapp://elsewhere",
        "myapp://easyauth.callback/more",
        "https://web.example.com/",
        "https://web.example.com.evil/done",
        "otherapp://easyauth.callback",
        "javascript:alert(1)",
      ]) {
        expect([other, (await begin(other)).status]).toEqual([other, 400]);
      }
    } finally {
      await host.stop();
    }
  });
});
