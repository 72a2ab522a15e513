import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { createServer } from "node:http";
import jsonwebtoken from "jsonwebtoken";
import { listen } from "../../local/listen.ts";

/** An issuer of a test's own, whose tokens can be wrong in every way. */
export interface TestIssuer {
  readonly url: string;
  /** Signs a token with the issuer's key; the claims win over sound ones. */
  token(claims?: object, key?: KeyObject): string;
  stop(): Promise<void>;
}

export const testAudience = "the-tests";

/** Starts an issuer that publishes one key, with a discovery document. */
export async function startTestIssuer(): Promise<TestIssuer> {
  const { privateKey, publicKey } = newKeyPair();
  const jwk = { ...publicKey.export({ format: "jwk" }), kid: "1", alg: "RS256", use: "sig" };
  const server = createServer((request, response) => {
    const document = request.url?.startsWith("/.well-known/openid-configuration")
      ? { issuer: url, jwks_uri: `${url}/keys` }
      : { keys: [jwk] };
    response.setHeader("content-type", "application/json").end(JSON.stringify(document));
  });
  const url = await listen(server, 0);
  return {
    url,
    token(claims = {}, key = privateKey) {
      const now = Math.floor(Date.now() / 1000);
      const sound = { iss: url, aud: testAudience, sub: "somebody", iat: now, exp: now + 600 };
      // Without the claims that are to be missing.
      const payload = JSON.parse(JSON.stringify({ ...sound, ...claims }));
      return jsonwebtoken.sign(payload, key, { algorithm: "RS256", keyid: "1" });
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function newKeyPair() {
  return generateKeyPairSync("rsa", { modulusLength: 2048 });
}
