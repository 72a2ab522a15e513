import { describe, expect, test } from "vitest";
import { sendRaw, useHost } from "./hostUnderTest.ts";

/*
 * What the real host (4.1037) does to requests, seen by running an app on it. These tests also run against another
 * host that runs the fixture app: `FUNCTIONS_URL=http://127.0.0.1:7071 npx vitest run test/local/functionsHost/contract`.
 */

const host = useHost();
const get = (target: string, ...headers: string[]) => [
  `GET ${target} HTTP/1.1`,
  "Host: HOST",
  ...headers,
];

/** Returns what the fixture's function `echo` says that it was given. */
async function echoed(head: readonly string[], body = ""): Promise<Record<string, unknown>> {
  const response = await sendRaw(host(), head, body);
  expect(response.status).toBe(200);
  const json: unknown = JSON.parse(/\{.*\}/s.exec(response.body)?.[0] ?? "");
  return { ...(typeof json === "object" && json) };
}

describe("a request that the host passes on", () => {
  test.each([
    ["percent-encoded letters in a route", "/api/%65cho/%61", { id: "a" }],
    ["a route in another case", "/API/Echo/a%20b", { id: "a b" }],
    ["a backslash in a parameter", "/api/echo/a\\b", { id: "a\\b" }],
    ["an encoded slash in a parameter", "/api/echo/a%2Fb", { id: "a%2Fb" }],
    [
      "a query option that is given twice",
      "/api/echo/1?x=1&y=3&X=2&x=",
      { query: { x: "1,2", y: "3" } },
    ],
    ["a target in absolute form", "http://HOST/api/echo/1", { id: "1" }],
  ])("%s", async (_, target, expected) => {
    expect(await echoed(get(target))).toMatchObject(expected);
  });

  test("a header that is given twice is joined with a comma", async () => {
    const head = get(
      "/api/echo/1",
      "Content-Type: text/a",
      "Content-Type: text/b",
      "X-Two: 1",
      "X-Two: 2",
    );
    expect(await echoed(head)).toMatchObject({
      headers: { "content-type": "text/a,text/b", "x-two": "1,2" },
    });
  });

  test("a header in UTF-8", async () => {
    // Requests and answers are written and read in Latin-1 here.
    const name = Buffer.from("J\u00fcrgen").toString("latin1");
    expect(await echoed(get("/api/echo/1", `X-Name: ${name}`))).toMatchObject({
      headers: { "x-name": name },
    });
  });

  test("the headers of a principal, if App Service Authentication is off", async () => {
    const head = get("/api/echo/1", "X-MS-CLIENT-PRINCIPAL-ID: forged");
    expect(await echoed(head)).toMatchObject({ headers: { "x-ms-client-principal-id": "forged" } });
  });

  test("a body in chunks without a length is empty", async () => {
    const head = ["POST /api/echo/1 HTTP/1.1", "Host: HOST", "Transfer-Encoding: chunked"];
    expect(await echoed(head, "5\r\nhello\r\n0\r\n\r\n")).toMatchObject({ text: "" });
  });
});

describe("a request that the host answers itself, without a body", () => {
  test.each([
    ["a route of no function", get("/api/nothing-here"), 404],
    [
      "a method that the function does not accept",
      ["PUT /api/echo/1 HTTP/1.1", "Host: HOST", "Content-Length: 0"],
      404,
    ],
    ["a method that does not exist", ["FETCH /api/echo/1 HTTP/1.1", "Host: HOST"], 404],
    ["CONNECT", ["CONNECT HOST HTTP/1.1", "Host: HOST"], 404],
    ["OPTIONS *", ["OPTIONS * HTTP/1.1", "Host: HOST"], 404],
    ["a fragment in the target", get("/api/echo/1#a"), 404],
    ["HTTP/1.0 without a Host", ["GET /api/echo/1 HTTP/1.0"], 500],
    ["a Host with a user", ["GET /api/echo/1 HTTP/1.1", "Host: x@y"], 400],
    ["a zero byte in the path", get("/api/echo/%00"), 400],
    ["a header that is not UTF-8", get("/api/echo/1", "X-Name: J\u00fcrgen"), 400],
    ["a Host whose port cannot be one", ["GET /api/echo/1 HTTP/1.1", "Host: 127.0.0.1:99999"], 400],
    ["a target of another host", get("http://elsewhere.example/api/echo/1"), 400],
    ["the root of the administration", get("/admin"), 404],
    ["the root of the administration with a slash", get("/admin/"), 404],
    ["a request line of more than 8,192 bytes", get(`/api/echo/1?x=${"x".repeat(8_192)}`), 414],
    [
      "more than 100 headers",
      get("/api/echo/1", ...Array.from({ length: 101 }, (_, i) => `X-${i}: 1`)),
      431,
    ],
    ["the administration", get("/admin/host/status"), 401],
    ["the webhooks of extensions", get("/runtime/webhooks/x"), 401],
  ] as const)("%s", async (_, head, status) => {
    const response = await sendRaw(host(), head);
    expect([response.status, response.body]).toEqual([status, ""]);
  });

  test("the administration asks for a token", async () => {
    const { headers } = await sendRaw(host(), get("/admin/host/status"));
    expect(headers).toContain("www-authenticate: Bearer");
  });

  test("the longest request line and the most headers are accepted", async () => {
    const line = "GET /api/echo/1?x= HTTP/1.1\r\n".length;
    expect(await sendRaw(host(), get(`/api/echo/1?x=${"x".repeat(8_192 - line)}`))).toMatchObject({
      status: 200,
    });
    const headers = Array.from({ length: 98 }, (_, i) => `X-${i}: 1`);
    expect(await sendRaw(host(), get("/api/echo/1", ...headers))).toMatchObject({ status: 200 });
  });

  test("/ is the home page of the host", async () => {
    const response = await sendRaw(host(), get("/"));
    expect(response.status).toBe(200);
    expect(response.headers.join()).toContain("content-type: text/html");
  });
});

describe("a response of a function", () => {
  test("comes from Kestrel, in chunks", async () => {
    const { headers } = await sendRaw(host(), get("/api/echo/1"));
    expect(headers).toContain("server: Kestrel");
    expect(headers).toContain("transfer-encoding: chunked");
    expect(headers.join()).not.toContain("content-length");
  });

  test("has no Content-Type if it is empty", async () => {
    const { status, headers } = await sendRaw(host(), get("/api/empty"));
    expect(status).toBe(200);
    expect(headers.join()).not.toContain("content-type");
  });

  test("is 500 without a body if the function throws, and 204 if it returns nothing", async () => {
    expect(await sendRaw(host(), get("/api/throws"))).toMatchObject({ status: 500, body: "" });
    expect(await sendRaw(host(), get("/api/nothing"))).toMatchObject({ status: 204, body: "" });
  });

  test("is no failure if a hook takes the error away", async () => {
    expect(await sendRaw(host(), get("/api/forgiven"))).toMatchObject({ status: 204 });
  });

  test("has cookies with attributes in lower case, and a path always", async () => {
    const { headers } = await sendRaw(host(), get("/api/cookies"));
    const cookies = headers.filter((header) => header.startsWith("set-cookie: "));
    expect(cookies).toEqual([
      "set-cookie: a=1; max-age=0; path=/; samesite=lax; httponly",
      "set-cookie: b=%C3%BC%3B; path=/; secure; samesite=none",
    ]);
  });

  test("is that of the first function by name whose route fits", async () => {
    expect(await sendRaw(host(), get("/api/order/literal"))).toMatchObject({
      body: expect.stringContaining("parameter"),
    });
  });
});
