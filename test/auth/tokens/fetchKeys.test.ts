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

test("fetches keys, even if the host redirects to itself", async () => {
  expect(await fetchFrom(await serve((_, response) => response.end(document)))).toEqual(["1"]);
  expect(await fetchFrom(await serve(redirect("/keys/now")))).toEqual(["1"]);
});

test("does not follow a redirect to another host", async () => {
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

test("throws if the issuer redirects endlessly", async () => {
  const url = await serve(redirect("/keys"));
  await expect(fetchFrom(url)).rejects.toThrow("redirects too many times");
});

test("allows plain http only for loopback, in settings and discovery documents", async () => {
  const keys = createFetchKeys({ issuers: ["x"], jwksUri: "http://192.0.2.1/keys" });
  await expect(keys()).rejects.toThrow("not https");
  const url = await serve((_, response) =>
    response.end(JSON.stringify({ issuer: url, jwks_uri: "http://192.0.2.1/keys" })),
  );
  await expect(createFetchKeys({ issuers: [url] })()).rejects.toThrow("not https");
});

test("throws if the discovery document names another issuer", async () => {
  const url = await serve((_, response) =>
    response.end(JSON.stringify({ issuer: "https://example.com", jwks_uri: `${url}/keys` })),
  );
  await expect(createFetchKeys({ issuers: [url] })()).rejects.toThrow("discovery document");
});

test.each([
  ["a 500 response", (): RequestListener => (_, response) => response.writeHead(500).end(document)],
  ["a document that is not JSON", (): RequestListener => (_, response) => response.end("<html>")],
  ["a JSON string", (): RequestListener => (_, response) => response.end('"keys"')],
  ["an object without keys", (): RequestListener => (_, response) => response.end("{}")],
  [
    "keys that are not a list",
    (): RequestListener => (_, response) => response.end('{"keys":{"length":1}}'),
  ],
  [
    "a document of more than 256 KiB",
    (): RequestListener => (_, response) => response.end(document + " ".repeat(256 * 1024)),
  ],
  [
    "a truncated response",
    (): RequestListener => (_, response) => {
      response.writeHead(200, { "content-length": document.length });
      response.write(document.slice(0, 20));
      response.destroy();
    },
  ],
])("throws for %s", async (_, listener) => {
  await expect(fetchFrom(await serve(listener()))).rejects.toThrow();
});

test("stops reading an endless document at the size limit, before the deadline", async () => {
  const url = await serve((_, response) => {
    const more = () => {
      while (response.write(" ".repeat(65_536)));
    };
    response.on("drain", more);
    more();
  });
  await expect(fetchFrom(url)).rejects.toThrow("larger than 256 KiB");
});

test("returns no keys if the issuer publishes none", async () => {
  expect(await fetchFrom(await serve((_, response) => response.end('{"keys":[]}')))).toEqual([]);
});

test("reads documents with a byte order mark, and a key whose use is empty", async () => {
  const url = await serve((request, response) => {
    const answer = request.url?.startsWith("/.well-known")
      ? { issuer: url, jwks_uri: `${url}/keys` }
      : { keys: [jwk(publicKey, { kid: "1", use: "" })] };
    response.end(`\ufeff${JSON.stringify(answer)}`);
  });
  const keys = await createFetchKeys({ issuers: [url] })();
  expect(keys.map(({ kid }) => kid)).toEqual(["1"]);
});
