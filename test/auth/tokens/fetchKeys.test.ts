import { createServer, type RequestListener } from "node:http";
import { afterEach, expect, test } from "vitest";
import { listen } from "../../../local/listen.ts";
import { createFetchKeys } from "../../../src/auth/tokens/fetchKeys.ts";
import { jwk, newKeyPair } from "../../support/testIssuer.ts";

const { publicKey } = newKeyPair();
const document = JSON.stringify({ keys: [jwk(publicKey, { kid: "1", alg: "RS256" })] });
const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

async function serve(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  stops.push(() => server.close().closeAllConnections());
  return listen(server, 0);
}

async function fetchFrom(url: string) {
  const keys = await createFetchKeys({ issuers: [url], jwksUri: `${url}/keys` })();
  return keys.map(({ kid }) => kid);
}

const redirect =
  (location: string): RequestListener =>
  (request, response) =>
    request.url === "/keys" ? response.writeHead(302, { location }).end() : response.end(document);

test("keys are fetched, also where the host redirects to itself", async () => {
  expect(await fetchFrom(await serve((_, response) => response.end(document)))).toEqual(["1"]);
  expect(await fetchFrom(await serve(redirect("/keys/now")))).toEqual(["1"]);
});

test("a redirect to another host is not followed", async () => {
  let asked = 0;
  const elsewhere = await serve((_, response) => {
    asked++;
    response.end(document);
  });
  for (const location of [elsewhere, elsewhere.replace("127.0.0.1", "localhost")]) {
    const url = await serve(redirect(`${location}/other`));
    await expect(fetchFrom(url)).rejects.toThrow("another host");
  }
  expect(asked).toBe(0);
});

test("redirects have an end", async () => {
  const url = await serve(redirect("/keys"));
  await expect(fetchFrom(url)).rejects.toThrow("redirects without end");
});

test("plain http is for loopback addresses, in the settings and in a discovery document", async () => {
  const keys = createFetchKeys({ issuers: ["x"], jwksUri: "http://192.0.2.1/keys" });
  await expect(keys()).rejects.toThrow("not https");
  const url = await serve((_, response) =>
    response.end(JSON.stringify({ issuer: url, jwks_uri: "http://192.0.2.1/keys" })),
  );
  await expect(createFetchKeys({ issuers: [url] })()).rejects.toThrow("not https");
});

test("a discovery document is that of the issuer that was asked", async () => {
  const url = await serve((_, response) =>
    response.end(JSON.stringify({ issuer: "https://example.com", jwks_uri: `${url}/keys` })),
  );
  await expect(createFetchKeys({ issuers: [url] })()).rejects.toThrow("discovery document");
});

test.each([
  ["an error", (): RequestListener => (_, response) => response.writeHead(500).end(document)],
  ["no JSON", (): RequestListener => (_, response) => response.end("<html>")],
  ["a JSON string", (): RequestListener => (_, response) => response.end('"keys"')],
  ["an object without keys", (): RequestListener => (_, response) => response.end("{}")],
  [
    "keys that are no list",
    (): RequestListener => (_, response) => response.end('{"keys":{"length":1}}'),
  ],
  [
    "more than 256 KiB",
    (): RequestListener => (_, response) => response.end(document + " ".repeat(256 * 1024)),
  ],
  [
    "half an answer",
    (): RequestListener => (_, response) => {
      response.writeHead(200, { "content-length": document.length });
      response.write(document.slice(0, 20));
      response.destroy();
    },
  ],
])("%s is a failure", async (_, listener) => {
  await expect(fetchFrom(await serve(listener()))).rejects.toThrow();
});

test("a document without end is given up at the limit, not at the deadline", async () => {
  const url = await serve((_, response) => {
    const more = () => {
      while (response.write(" ".repeat(65_536)));
    };
    response.on("drain", more);
    more();
  });
  await expect(fetchFrom(url)).rejects.toThrow("larger than 256 KiB");
});

test("an issuer without keys is no failure", async () => {
  expect(await fetchFrom(await serve((_, response) => response.end('{"keys":[]}')))).toEqual([]);
});
