import { createHash, randomUUID } from "node:crypto";
import { runInNewContext } from "node:vm";
import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { send } from "../../support/client.ts";
import { session, tokenAt, usePlatform } from "../../support/platform.ts";

const { stack, platform, byToken, exchange, visit, browse, expectMainJob } = usePlatform();

const notJson = [{ typ: "JWT", alg: "RS256", kid: "x" }, "not JSON", "signature"]
  .map((part) => Buffer.from(typeof part === "string" ? part : JSON.stringify(part)))
  .map((part) => part.toString("base64url"))
  .join(".");

describe("the sign-in of the 2013 client library", () => {
  test.each(["facebook", "google", "Facebook", "windowsazureactivedirectory"])(
    "leads a browser from /login/%s to a token that works for the main job",
    async (provider) => {
      const { end, status } = await browse(`/login/${provider}`, { username: randomUUID() });
      expect(status).toBe(200);
      await expectMainJob(tokenAt(end, "/login/done").authenticationToken);
    },
  );

  test("exchanges a provider's token for one that works for the main job", async () => {
    const answer = await exchange("/login/facebook", randomUUID());
    expect(answer).toMatchObject({ status: 200 });
    await expectMainJob(v.parse(session, answer.body).authenticationToken);
  });

  test("tells the app that the user cancelled", async () => {
    const { end } = await browse("/login/facebook", { cancel: "1" });
    expect(end).toMatch(/^\/login\/done#error=\w/);
  });

  test("ends at a page that says who is signed in, or why not", async () => {
    const shown = async (fragment: string) => {
      const answer = await send(platform().stack, "GET", "/login/done");
      const [, script = ""] = /<script>(.*)<\/script>/s.exec(answer.text) ?? [];
      const policy = answer.headers.get("content-security-policy") ?? "";
      expect(policy).toContain(`'sha256-${createHash("sha256").update(script).digest("base64")}'`);
      const paragraph = { textContent: "" };
      const document = { querySelector: () => paragraph };
      runInNewContext(script, { location: { hash: fragment }, document, decodeURIComponent, JSON });
      return paragraph.textContent;
    };
    const { end } = await browse("/login/facebook", { username: "alice" });
    expect(await shown(end.slice(end.indexOf("#")))).toMatch(
      /^You are signed in as sid:\w+\. You can close/,
    );
    const cancelled = await browse("/login/facebook", { cancel: "1" });
    expect(await shown(cancelled.end.slice(cancelled.end.indexOf("#")))).toMatch(
      /^You are not signed in: \w/,
    );
    expect(await shown("#token=%")).toContain("cannot read");
    expect(await shown("")).toContain("no token");
  });

  test.each([
    ["a text that is not a token", { access_token: "x" }, 401],
    ["a token that is not JSON", { access_token: notJson }, 401],
    ["a body without a token", {}, 400],
    ["the member of another provider", { id_token: "x" }, 400],
    ["a body that is not an object", [], 400],
  ])("refuses %s with an error sentence", async (_, body, status) => {
    const answer = await send(platform().stack, "POST", "/login/facebook", { body });
    expect(answer).toMatchObject({ status, body: { error: expect.stringMatching(/\.$/) } });
  });

  test.each(["/login/myspace", "/login/a%2Fb", "/login/..%2f..%2ftables", "/login/callback"])(
    "returns 404 for %s, which names no provider",
    async (path) => {
      const body = { access_token: "x" };
      expect(await send(platform().stack, "POST", path, { body })).toMatchObject({ status: 404 });
      expect((await browse(path, {})).status).toBe(404);
    },
  );

  test("returns 404 for a POST to /login/done", async () => {
    const body = { access_token: "x" };
    const answer = await send(platform().stack, "POST", "/login/Done", { body });
    expect(answer).toMatchObject({ status: 404 });
  });

  test("returns 404 if App Service Authentication is not in use", async () => {
    for (const [method, path] of [
      ["GET", "/login/facebook"],
      ["POST", "/login/facebook"],
      ["GET", "/login/done"],
    ] as const) {
      const body = method === "POST" ? { body: { access_token: "x" } } : {};
      const answer = await send(byToken().stack, method, path, body);
      expect(answer).toMatchObject({
        status: 404,
        body: { error: expect.stringContaining("App Service Authentication is off") },
      });
    }
    expect(await send(byToken().stack, "GET", "/.auth/me")).toMatchObject({ status: 404 });
  });
});

describe("does not redirect to another site", () => {
  const elsewhere = [
    "https://mallory.example/",
    "http://mallory.example",
    "//mallory.example/",
    "/\\mallory.example/",
    "\\\\mallory.example",
    "/.//mallory.example/",
    "http://127.0.0.1:1/",
    "https:mallory.example",
    "http://SELF@mallory.example/",
    "http://SELF.mallory.example/",
    "http://SELF//mallory.example/",
    "/\t/mallory.example",
    "javascript:alert(1)",
    "ms-app://s-1-15-2",
    "data:text/html,hello",
  ].map((address) => [address]);
  const inOwn = (address: string) =>
    address.replace("SELF", new URL(platform().stack.addresses.functions).host);

  /** Returns the host that a browser visits for a location. */
  const hostOf = (location: string) => new URL(location, platform().stack.addresses.functions).host;

  test.each(elsewhere)("after signing in or out: %s", async (address) => {
    const wanted = encodeURIComponent(inOwn(address));
    const own = new Set(
      [platform().stack.addresses.functions, stack().addresses.issuer].map(hostOf),
    );
    for (const path of [
      ...["uri", "url"].map((end) => `/.auth/login/facebook?post_login_redirect_${end}=${wanted}`),
      ...["uri", "url"].map((end) => `/login/facebook?post_login_redirect_${end}=${wanted}`),
      `/login/facebook?sso_end_uri=${wanted}`,
      `/login/facebook?completion_type=postMessage&completion_origin=${wanted}`,
      `/login/facebook?Redirect_URI=${wanted}`,
      `/.auth/logout?post_logout_redirect_uri=${wanted}`,
    ]) {
      const { addresses, status } = await browse(`${path}&session_mode=token`, { username: "a" });
      for (const on of addresses) expect(own, path).toContain(hostOf(on));
      expect(addresses.join(" "), path).not.toContain("#token");
      // Some of these addresses are paths on this host, which return 404.
      expect([400, 404], path).toContain(status);
    }
  });

  test.each(elsewhere)("by the issuer: %s", async (address) => {
    const { issuer } = stack().addresses;
    const asked = { response_type: "code", client_id: "x", username: "alice" };
    const where = { redirect_uri: inOwn(address), post_logout_redirect_uri: inOwn(address) };
    const query = new URLSearchParams({ ...asked, ...where });
    for (const path of ["/authorize", "/authorize/", "/endsession", "/endsession/"]) {
      const answer = await visit(`${issuer}${path}?${query}`);
      const to = answer.location && new URL(answer.location);
      if (to) expect([to.protocol, to.hostname], path).toEqual(["http:", "127.0.0.1"]);
      else expect(answer.status, path).toBe(400);
    }
  });
});
