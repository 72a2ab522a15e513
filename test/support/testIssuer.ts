import { generateKeyPairSync, type KeyObject, type KeyPairKeyObjectResult } from "node:crypto";
import { createServer } from "node:http";
import { listen } from "../../local/listen.ts";
import { signedToken } from "./signedToken.ts";

/** An issuer of a test's own, whose tokens can be wrong in every way. */
export interface TestIssuer {
  readonly url: string;
  /** The RSA key with which it signs; its `kid` is `1`. */
  readonly keys: KeyPairKeyObjectResult;
  /** What it publishes: its one key, until a test changes that. */
  published: unknown[];
  /** Whether it takes requests and never answers. */
  hanging: boolean;
  /** How often its keys have been fetched. */
  readonly fetches: number;
  /** The claims of a sound token. */
  claims(): Record<string, unknown>;
  /** Signs a token; the claims win over sound ones, the header's members over `kid` and `alg`. */
  token(claims?: object, key?: KeyObject, header?: object): string;
  stop(): Promise<void>;
}

export const testAudience = "the-tests";

/**
 * Starts an issuer that publishes one key, with a discovery document.
 *
 * @param keys its key; making one takes a while, so where nothing depends on it issuers may share it
 */
export async function startTestIssuer(keys = newKeyPair()): Promise<TestIssuer> {
  let fetches = 0;
  const server = createServer((request, response) => {
    if (request.url === "/keys") fetches++;
    if (issuer.hanging) return;
    const document = request.url?.startsWith("/.well-known/openid-configuration")
      ? { issuer: url, jwks_uri: `${url}/keys` }
      : { keys: issuer.published };
    response.setHeader("content-type", "application/json").end(JSON.stringify(document));
  });
  const url = await listen(server, 0);
  const issuer: TestIssuer = {
    url,
    keys,
    published: [jwk(keys.publicKey, { kid: "1", alg: "RS256", use: "sig" })],
    hanging: false,
    get fetches() {
      return fetches;
    },
    claims() {
      const now = Math.floor(Date.now() / 1000);
      return { iss: url, aud: testAudience, sub: "somebody", iat: now, exp: now + 600 };
    },
    token(claims = {}, key = keys.privateKey, header = {}) {
      const whole = { alg: "RS256", typ: "JWT", kid: "1", ...header };
      return signedToken(whole, { ...issuer.claims(), ...claims }, key, whole.alg);
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return issuer;
}

export function newKeyPair(modulusLength = 2048): KeyPairKeyObjectResult {
  return generateKeyPairSync("rsa", { modulusLength });
}

/** A public key as an issuer publishes it. */
export function jwk(key: KeyObject, members: object): object {
  return { ...key.export({ format: "jwk" }), ...members };
}
