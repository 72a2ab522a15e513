import { describe, expect, test } from "vitest";
import { iPhone, send, setFaults, signIn, windowsDevice } from "../support/client.ts";
import { closedPort } from "../support/closedPort.ts";
import { startTestHost } from "../support/hosts.ts";
import { usePlatform } from "../support/platform.ts";
import { startTestIssuer, testAudience } from "../support/testIssuer.ts";
import { useTestStack } from "../support/testStack.ts";
import { headersForPages, type Operation, operations, problemTypes } from "./contract.ts";

// What every operation answers alike. `send` holds each answer against the contract.

let tokenOfDownIssuer = "";
const stack = useTestStack(async () => {
  const issuer = await startTestIssuer();
  tokenOfDownIssuer = issuer.token();
  await issuer.stop();
  return { Auth__tests__issuer: issuer.url, Auth__tests__audience: testAudience };
});

const typeOf = (body: unknown): unknown =>
  String(Object(body).type).replace("urn:problem-type:notify-users:", "");

function call(
  { method, path, hasBody }: Operation,
  headers: Record<string, string>,
  body: unknown = hasBody ? {} : undefined,
) {
  return send(stack(), method, path.replace("{id}", "one"), { headers, body });
}

const signedIn = operations.filter((operation) => operation.signedIn);

describe.each(signedIn)("$id", (operation) => {
  test("asks for one valid token before anything else", async () => {
    const token = await signIn(stack(), "alice");
    for (const [headers, status, type] of [
      [{}, 401, "missing-token"],
      [{ "x-zumo-auth": "a.b.c" }, 401, "invalid-token"],
      [{ "x-zumo-auth": token, authorization: "Bearer a.b.c" }, 400, "two-tokens"],
      [{ "x-zumo-auth": tokenOfDownIssuer }, 503, "keys-unavailable"],
    ] as const) {
      const answer = await call(operation, headers);
      expect([answer.status, typeOf(answer.body)]).toEqual([status, type]);
    }
  });
});

describe.each(signedIn.filter(({ hasBody }) => hasBody))("the body of $id", (operation) => {
  test("is JSON of at most 64 KiB", async () => {
    const headers = { "x-zumo-auth": await signIn(stack(), "alice") };
    const large = await call(operation, headers, { text: "x".repeat(65_536) });
    expect([large.status, typeOf(large.body)]).toEqual([413, "body-too-large"]);
    const form = await call(operation, { ...headers, "content-type": "text/plain" }, "text=x");
    expect([form.status, typeOf(form.body)]).toEqual([415, "not-json"]);
  });
});

test.each([
  [400, 400, "registration-refused"],
  [401, 502, "hub-refuses-app"],
  [503, 503, "hub-unavailable"],
])("a hub that answers %i to an unregistering device", async (status, answered, type) => {
  const headers = {
    "x-zumo-auth": await signIn(stack(), "alice"),
    "x-zumo-installation-id": "phone",
  };
  await setFaults(stack(), { status });
  const answer = await send(stack(), "DELETE", "/api/register_notifications", { headers });
  await setFaults(stack());
  expect([answer.status, typeOf(answer.body)]).toEqual([answered, type]);
});

test("both names of each platform are accepted, and answered as written", async () => {
  const token = await signIn(stack(), "alice");
  for (const [platform, { body }] of [
    ["apns", iPhone()],
    ["wns", windowsDevice()],
    ["win8", windowsDevice()],
  ] as const) {
    const headers = { "x-zumo-auth": token, "x-zumo-installation-id": platform };
    const answer = await send(stack(), "POST", "/api/register_notifications", {
      headers,
      body: { ...body, platform },
    });
    expect(answer.body).toMatchObject({ platform });
  }
});

test("pages of other origins can read every header of the contract", () => {
  const exposed = "ETag, Link, Location, Retry-After, WWW-Authenticate".split(", ");
  expect([...headersForPages()].toSorted()).toEqual(exposed.toSorted());
});

test("every problem type is one of src/http/problem.ts, and the other way round", async () => {
  const { readFile } = await import("node:fs/promises");
  const source = await readFile(new URL("../../src/http/problem.ts", import.meta.url), "utf8");
  const names = [...source.matchAll(/^ {2}\| "([\w-]+)"/gm)].map(([, name]) => name);
  expect(problemTypes().map((type) => type.split(":").at(-1))).toEqual(names);
});

describe("the way to App Service Authentication", () => {
  const { platform, byToken } = usePlatform();
  const ask = async (method: string, path: string, options: Parameters<typeof send>[3] = {}) => {
    const answer = await send(platform().stack, method, path, options);
    return [answer.status, typeOf(answer.body)];
  };

  test("begins with a redirect, and refuses another end and an unknown provider", async () => {
    const begun = await send(platform().stack, "GET", "/login/facebook");
    expect([begun.status, begun.headers.get("location")]).toEqual([
      302,
      expect.stringMatching(/^\/\.auth\/login\/facebook\?/),
    ]);
    expect(await ask("GET", "/login/facebook?redirect_uri=x")).toEqual([400, "invalid-request"]);
    expect(await ask("GET", "/login/a%20b")).toEqual([404, "provider-not-found"]);
  });

  test("exchanges a token in a JSON body of at most 64 KiB", async () => {
    const headers = { "content-type": "text/plain" };
    expect(await ask("POST", "/login/facebook", { headers, body: "x" })).toEqual([415, "not-json"]);
    const body = { access_token: "x".repeat(65_536) };
    expect(await ask("POST", "/login/facebook", { body })).toEqual([413, "body-too-large"]);
    expect(await ask("POST", "/login/facebook", { body: {} })).toEqual([400, "invalid-request"]);
  });

  test("says when the platform is unreachable", async () => {
    const addresses = { ...stack().addresses, issuer: await closedPort() };
    const away = await startTestHost(
      { ...stack(), addresses },
      { easyAuth: { sessionSeconds: 60 } },
    );
    const body = { access_token: await signIn(stack(), "alice") };
    const answer = await send(away.stack, "POST", "/login/facebook", { body });
    await away.stop();
    expect([answer.status, typeOf(answer.body)]).toEqual([503, "sign-in-unavailable"]);
  });

  test("is closed if the app verifies tokens itself", async () => {
    for (const [method, path] of [
      ["GET", "/login/facebook"],
      ["POST", "/login/facebook"],
      ["GET", "/login/done"],
    ] as const) {
      const body = method === "POST" ? {} : undefined;
      const answer = await send(byToken().stack, method, path, { body });
      expect([answer.status, typeOf(answer.body)]).toEqual([404, "sign-in-disabled"]);
    }
  });
});
