import { request } from "node:http";
import { TableClient } from "@azure/data-tables";
import { afterAll, describe, expect, test } from "vitest";
import {
  type Answer,
  deliveries,
  insert,
  iPhone,
  register,
  send,
  signIn,
  windowsDevice,
} from "./support/client.ts";
import {
  newKeyPair,
  startTestIssuer,
  type TestIssuer,
  testAudience,
} from "./support/testIssuer.ts";
import { useTestStack } from "./support/testStack.ts";

let issuer: TestIssuer;
const stack = useTestStack(async () => {
  issuer = await startTestIssuer();
  return { Auth__tests__issuer: issuer.url, Auth__tests__audience: testAudience };
});
afterAll(() => issuer.stop());

/** Checks the members that every error response has, and the pointers of its faults if given. */
function expectProblem(answer: Answer, status: number, pointers?: readonly string[]): void {
  expect(answer.headers.get("content-type")).toMatch(/^application\/problem\+json/);
  expect({ status: answer.status, body: answer.body }).toMatchObject({
    status,
    body: {
      type: expect.stringMatching(/^urn:problem-type:notify-users:[a-z-]+$/),
      title: expect.any(String),
      status,
      detail: expect.any(String),
    },
  });
  const { detail, error, errors } = JSON.parse(answer.text);
  expect(error).toBe(detail);
  if (pointers) {
    expect(errors.map(({ pointer }: { pointer: string }) => pointer).sort()).toEqual(
      [...pointers].sort(),
    );
  }
}

const routes = [
  ["POST", "/api/register_notifications"],
  ["POST", "/tables/TodoItem"],
] as const;

describe.each(routes)("%s %s", (method, path) => {
  test("returns 401 without a token, before it looks at anything else", async () => {
    const answer = await send(stack(), method, path, { body: "not JSON" });
    expectProblem(answer, 401);
    expect(answer.headers.get("www-authenticate")).toBe("Bearer");
  });

  test.each([
    ["is signed by another key", () => issuer.token({}, newKeyPair().privateKey), "signature"],
    ["has expired", () => issuer.token({ exp: Math.floor(Date.now() / 1000) - 61 }), "exp"],
    ["has no expiry", () => issuer.token({ exp: undefined }), "exp"],
    ["is for another audience", () => issuer.token({ aud: "another-app" }), "aud"],
    ["is from another issuer", () => issuer.token({ iss: "https://example.com" }), "iss"],
    ["names no user", () => issuer.token({ sub: "" }), "sub"],
    ["is malformed", () => "not-a-token", "JSON Web Token"],
  ])("refuses a token that %s", async (_, makeToken, named) => {
    const token = makeToken();
    for (const headers of [{ "x-zumo-auth": token }, { authorization: `Bearer ${token}` }]) {
      const answer = await send(stack(), method, path, { headers, body: {} });
      expectProblem(answer, 401);
      expect(answer.headers.get("www-authenticate")).toMatch(/^Bearer error="invalid_token", /);
      expect(answer.body).toMatchObject({ detail: expect.stringContaining(named) });
      expect(answer.text).not.toContain(token);
    }
  });

  test("accepts a valid token of each accepted issuer, in either header", async () => {
    const tokens = [issuer.token(), await signIn(stack(), "alice")];
    for (const token of tokens) {
      for (const headers of [{ "x-zumo-auth": token }, { authorization: `bearer ${token}` }]) {
        // A caller who is signed in gets the errors of the body.
        expectProblem(await send(stack(), method, path, { headers, body: [] }), 400);
      }
    }
  });

  test("refuses two different tokens in one request", async () => {
    const headers = {
      "x-zumo-auth": issuer.token(),
      authorization: `Bearer ${issuer.token({ sub: "x" })}`,
    };
    expectProblem(await send(stack(), method, path, { headers, body: {} }), 400);
  });

  test.each([
    ["is not JSON", "{", {}, 400],
    ["is empty", "", {}, 400],
    ["is an array", "[]", {}, 400],
    ["is a string", '"text"', {}, 400],
    ["is null", "null", {}, 400],
    ["is larger than 64 KiB", JSON.stringify({ text: "x".repeat(65_536) }), {}, 413],
    ["is sent as text/plain", '{"text":"x"}', { "content-type": "text/plain" }, 415],
    ["is sent as a form", "text=x", { "content-type": "application/x-www-form-urlencoded" }, 415],
    ["is sent as JSON of another kind", "{}", { "content-type": "application/json-seq" }, 415],
  ])("refuses a body that %s", async (_, body, headers, status) => {
    const token = await signIn(stack(), "alice");
    const answer = await send(stack(), method, path, {
      headers: { "x-zumo-auth": token, "x-zumo-installation-id": "i", ...headers },
      body,
    });
    expectProblem(answer, status);
  });

  test.each(["charset=utf-8", "charset=latin1", 'Charset="utf-16"; x=y'])(
    "reads a body as JSON although its Content-Type says %s",
    async (parameter) => {
      const headers = {
        "x-zumo-auth": await signIn(stack(), "alice"),
        "content-type": `Application/JSON ; ${parameter}`,
      };
      expectProblem(await send(stack(), method, path, { headers, body: "[]" }), 400);
    },
  );

  test("refuses a body that is not UTF-8, and one sent in chunks", async () => {
    const headers = {
      "x-zumo-auth": await signIn(stack(), "alice"),
      "x-zumo-installation-id": "i",
      "content-type": "application/json",
    };
    const url = stack().addresses.functions + path;
    const bytes = Buffer.from('{"text":"\xff"}', "latin1");
    expect(await fetch(url, { method, headers, body: bytes })).toMatchObject({ status: 400 });
    const chunked = await new Promise((resolve, reject) => {
      const sent = request(url, { method, headers }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      sent.on("error", reject);
      sent.write('{"text":');
      sent.end('"x"}');
    });
    expect(chunked).toBe(400);
  });
});

describe("POST /api/register_notifications", () => {
  const header = "/headers/X-ZUMO-INSTALLATION-ID";

  test.each([
    ["missing", undefined],
    ["empty", ""],
    ["1,000 characters", "a".repeat(1000)],
    ["with a comma", "a,user:b"],
    ["with a slash", "a/../b"],
    ["with an encoded line break", "a%0d%0ab"],
    ["with a space", "a b"],
    ["only dots", ".."],
  ])("refuses an installation id (%s)", async (_, installationId) => {
    const { body } = iPhone();
    const answer = await send(stack(), "POST", "/api/register_notifications", {
      headers: {
        "x-zumo-auth": await signIn(stack(), "alice"),
        ...(installationId !== undefined && { "x-zumo-installation-id": installationId }),
      },
      body,
    });
    expectProblem(answer, 400, [header]);
  });

  test("an installation id with an umlaut does not get past the host", async () => {
    const answer = await send(stack(), "POST", "/api/register_notifications", {
      headers: { "x-zumo-installation-id": "\u00fc" },
      body: iPhone().body,
    });
    expect([answer.status, answer.text]).toEqual([400, ""]);
  });

  test("refuses an installation id with a line break, which is not valid HTTP", async () => {
    const { hostname, port } = new URL(stack().addresses.functions);
    const { connect } = await import("node:net");
    const socket = connect(Number(port), hostname);
    socket.write(
      "POST /api/register_notifications HTTP/1.1\r\nHost: x\r\nX-ZUMO-INSTALLATION-ID: a\nb\r\n\r\n",
    );
    let answer = "";
    for await (const piece of socket) answer += piece;
    expect(answer).toMatch(/^HTTP\/1.1 400 /);
  });

  test.each([["blackberry"], [undefined], [7], [null], ["__proto__"], ["IOS"]])(
    "returns the tutorial's error for the platform %j, and names every other fault too",
    async (platform) => {
      const answer = await send(stack(), "POST", "/api/register_notifications", {
        headers: { "x-zumo-auth": await signIn(stack(), "alice") },
        body: { platform, deviceToken: "x" },
      });
      expectProblem(answer, 400, [header, "#/platform"]);
      expect(answer.body).toMatchObject({ error: "Unknown client." });
    },
  );

  const hex = "0123456789abcdef".repeat(4);
  test.each([
    [{ platform: "win8" }, "channelUri"],
    [{ platform: "wns", channelUri: "http://db5.notify.windows.com/?token=x" }, "channelUri"],
    [{ platform: "wns", channelUri: "https://notify.windows.com.example.com/" }, "channelUri"],
    [{ platform: "wns", channelUri: "https://evilnotify.windows.com/" }, "channelUri"],
    [{ platform: "wns", channelUri: "https://x.notify.windows.com@example.com/" }, "channelUri"],
    [{ platform: "wns", channelUri: "https://example.com\\.notify.windows.com/" }, "channelUri"],
    [{ platform: "wns", channelUri: "https://x.notify.windows.com/\n" }, "channelUri"],
    [
      { platform: "wns", channelUri: `https://x.notify.windows.com/${"a".repeat(2048)}` },
      "channelUri",
    ],
    [{ platform: "ios", channelUri: "https://x.notify.windows.com/" }, "deviceToken"],
    [{ platform: "ios", deviceToken: hex.slice(2) }, "deviceToken"],
    [{ platform: "ios", deviceToken: `${hex}0` }, "deviceToken"],
    [{ platform: "apns", deviceToken: `${hex.slice(1)}g` }, "deviceToken"],
    [{ platform: "apns", deviceToken: `${hex}\n` }, "deviceToken"],
    [{ platform: "apns", deviceToken: "ab".repeat(2049) }, "deviceToken"],
    [{ platform: "ios", deviceToken: [hex] }, "deviceToken"],
    [{ platform: "android" }, "registrationToken"],
    [{ platform: "android", registrationToken: "" }, "registrationToken"],
    [{ platform: "fcmv1", registrationToken: "a b" }, "registrationToken"],
    [{ platform: "fcmv1", registrationToken: "a'b" }, "registrationToken"],
    [{ platform: "fcmv1", registrationToken: "a".repeat(4097) }, "registrationToken"],
  ])("refuses the handle in %j", async (body, member) => {
    const answer = await send(stack(), "POST", "/api/register_notifications", {
      headers: { "x-zumo-auth": await signIn(stack(), "alice"), "x-zumo-installation-id": "a,b" },
      body,
    });
    expectProblem(answer, 400, [header, `#/${member}`]);
  });
});

describe("POST /tables/TodoItem", () => {
  test.each([
    [{}, ["#/text"]],
    [{ text: "" }, ["#/text"]],
    [{ text: 7 }, ["#/text"]],
    [{ text: null }, ["#/text"]],
    [{ text: "x".repeat(10_001) }, ["#/text"]],
    ['{"text":"\\ud800"}', ["#/text"]],
    [{ text: "x", complete: "no" }, ["#/complete"]],
    [{ text: "x", complete: null }, ["#/complete"]],
    [{ text: "x", id: "a/b" }, ["#/id"]],
    [{ text: "x", id: " " }, ["#/id"]],
    [{ text: "x", id: false }, ["#/id"]],
    [{ text: "x", id: "a".repeat(65) }, ["#/id"]],
    [{ text: "x", userId: "bob" }, ["#/userId"]],
    ['{"text":"x","__proto__":{"admin":true}}', ["#/__proto__"]],
    [
      { text: 7, id: 7, complete: 7, "a/b~ü": 7 },
      ["#/text", "#/id", "#/complete", "#/a~1b~0%C3%BC"],
    ],
  ])("names every fault in %j", async (body, pointers) => {
    const answer = await insert(stack(), await signIn(stack(), "alice"), body);
    expectProblem(answer, 400, pointers);
  });
});

test("none of these refused requests reaches the hub or the table", async () => {
  // If an earlier request had registered a device of alice, this item would reach it too.
  const token = await signIn(stack(), "alice");
  const phone = windowsDevice();
  await register(stack(), token, phone);
  await insert(stack(), token, { id: "only", text: "x" });

  expect(await deliveries(stack())).toMatchObject([{ handle: phone.handle }]);
  const table = TableClient.fromConnectionString(stack().addresses.storage, "TodoItem", {
    allowInsecureConnection: true,
  });
  const rows = await Array.fromAsync(table.listEntities());
  expect(rows.map(({ rowKey }) => rowKey)).toEqual(["only"]);
});
