import jsonwebtoken, { type JwtPayload } from "jsonwebtoken";
import { JwksClient, SigningKeyNotFoundError } from "jwks-rsa";
import * as v from "valibot";
import { audience } from "../issuer/issuer.ts";

/** A provider's tokens: where they come from, and whether they are its own. */
export interface ProviderTokens {
  /** Where a browser signs in, to come back to `redirectUri`. */
  authorizeUrl(provider: string, redirectUri: string, state: string, loginHint?: string): string;
  /** Exchanges what a browser came back with. @returns no tokens where the code is not good */
  exchange(code: string, redirectUri: string): Promise<IssuedTokens | undefined>;
  /** @returns the claims of a token of the issuer's that is good, and of no other */
  verify(token: string): Promise<JwtPayload | undefined>;
}

const issuedTokens = v.object({ access_token: v.string(), id_token: v.string() });

type IssuedTokens = v.InferOutput<typeof issuedTokens>;

/**
 * Gets the tokens of the local issuer, which plays every provider.
 *
 * @param issuer its address; where it is out of reach, what asks it throws
 */
export function createProviderTokens(issuer: string): ProviderTokens {
  const keys = new JwksClient({ jwksUri: `${issuer}/jwks` });
  return {
    authorizeUrl(provider, redirectUri, state, loginHint) {
      const asked = new URLSearchParams({
        client_id: provider,
        response_type: "code",
        scope: "openid",
        redirect_uri: redirectUri,
        state,
        ...(loginHint !== undefined && { login_hint: loginHint }),
      });
      return `${issuer}/authorize?${asked}`;
    },
    async exchange(code, redirectUri) {
      const asked = { grant_type: "authorization_code", code, redirect_uri: redirectUri };
      const body = new URLSearchParams(asked);
      const response = await fetch(`${issuer}/token`, { method: "POST", body });
      return response.ok ? v.parse(issuedTokens, await response.json()) : undefined;
    },
    async verify(token) {
      try {
        const kid = jsonwebtoken.decode(token, { complete: true })?.header.kid;
        if (kid === undefined) return undefined;
        const key = (await keys.getSigningKey(kid)).getPublicKey();
        const claims = jsonwebtoken.verify(token, key, { algorithms: ["RS256"], issuer, audience });
        if (typeof claims === "string") return undefined;
        return claims.sub?.isWellFormed() && claims.sub !== "" ? claims : undefined;
      } catch (error) {
        const refused =
          error instanceof jsonwebtoken.JsonWebTokenError ||
          // What the library throws where a part of the token is not JSON.
          error instanceof SyntaxError ||
          error instanceof SigningKeyNotFoundError;
        if (refused) return undefined;
        throw error;
      }
    },
  };
}
