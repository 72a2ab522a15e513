import { generateKeyPairSync, type KeyObject, type KeyPairKeyObjectResult } from "node:crypto";
import { createServer } from "node:http";
import { listen } from "../../local/listen.ts";
import { signedToken } from "./signedToken.ts";

/** An issuer that a test controls. Its tokens may be invalid. */
export interface TestIssuer {
  readonly url: string;
  /** The RSA key pair that signs its tokens; its `kid` is `1`. */
  readonly keys: KeyPairKeyObjectResult;
  /** The keys that it publishes: only its own, until a test changes them. */
  published: unknown[];
  /** Whether it accepts requests but never responds. */
  hanging: boolean;
  /** The number of times that its keys were fetched. */
  readonly fetches: number;
  /** Returns the claims of a valid token. */
  claims(): Record<string, unknown>;
  /** Signs a token. `claims` override the valid ones; `header` overrides `alg`, `typ` and `kid`. */
  token(claims?: object, key?: KeyObject, header?: object): string;
  stop(): Promise<void>;
}

export const testAudience = "the-tests";

/**
 * Starts an issuer that publishes one key and a discovery document.
 *
 * @param keys its key pair. Generating one is slow, so issuers may share one if no test depends on it
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
      return { iss: url, aud: testAudience, sub: "someone", iat: now, exp: now + 600 };
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

/** Returns a public key as a JWK with the given members. */
export function jwk(key: KeyObject, members: object): object {
  return { ...key.export({ format: "jwk" }), ...members };
}
