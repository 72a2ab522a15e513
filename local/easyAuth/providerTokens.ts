import jsonwebtoken, { type JwtPayload } from "jsonwebtoken";
import { JwksClient, SigningKeyNotFoundError } from "jwks-rsa";
import * as v from "valibot";
import { audience } from "../issuer/issuer.ts";

/** Gets and verifies the tokens of the providers. */
export interface ProviderTokens {
  /** Returns the address where a browser signs in before it returns to `redirectUri`. */
  authorizeUrl(provider: string, redirectUri: string, state: string, loginHint?: string): string;
  /** Exchanges an authorization code. @returns undefined if the issuer refuses the code */
  exchange(code: string, redirectUri: string): Promise<IssuedTokens | undefined>;
  /** Returns the claims of a valid token of the issuer, or undefined for any other token. */
  verify(token: string): Promise<JwtPayload | undefined>;
}

const issuedTokens = v.object({ access_token: v.string(), id_token: v.string() });

type IssuedTokens = v.InferOutput<typeof issuedTokens>;

/**
 * Gets the tokens of the local issuer, which plays every provider.
 *
 * @param issuer its address; a call that needs the issuer throws if it is unreachable
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
          // The library throws this if a part of the token is not JSON.
          error instanceof SyntaxError ||
          error instanceof SigningKeyNotFoundError;
        if (refused) return undefined;
        throw error;
      }
    },
  };
}
