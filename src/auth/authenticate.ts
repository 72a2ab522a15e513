import type { HttpRequest } from "@azure/functions";
import { outOfReach, type Problem } from "../http/problem.ts";
import type { UserId, VerifyToken } from "./verifyToken.ts";

export type Caller =
  | { readonly kind: "user"; readonly userId: UserId }
  | { readonly kind: "nobody"; readonly problem: Problem };

/** Tells who is calling from a request's headers, or why it can't be told. */
export type Authenticate = (headers: HttpRequest["headers"]) => Promise<Caller>;

/** Tells who is calling from the token in `Authorization: Bearer` or `X-ZUMO-AUTH`. */
export function createAuthenticate(verifyToken: VerifyToken): Authenticate {
  return async (headers) => {
    const tokens = readTokens(headers);
    const [token] = tokens;
    if (token === undefined) {
      return nobody(unauthorized("Bearer", "Sign in first: the request carries no token."));
    }
    if (tokens.size > 1) {
      return nobody({
        status: 400,
        detail: "Authorization and X-ZUMO-AUTH carry two different tokens: send one.",
      });
    }
    const verification = await verifyToken(token);
    switch (verification.kind) {
      case "verified":
        return { kind: "user", userId: verification.userId };
      case "unavailable":
        return nobody(outOfReach("The issuer's keys are out of reach. Try again soon.", 5));
      case "invalid": {
        // RFC 6750, section 3.
        const challenge = `Bearer error="invalid_token", error_description="${verification.reason}"`;
        return nobody(unauthorized(challenge, verification.reason));
      }
    }
  };
}

/** The tokens of a request, each once. An `Authorization` of another scheme is no token. */
function readTokens(headers: HttpRequest["headers"]): ReadonlySet<string> {
  const [, bearer] = /^Bearer +(\S+) *$/i.exec(headers.get("authorization") ?? "") ?? [];
  const zumo = headers.get("x-zumo-auth")?.trim();
  return new Set([bearer, zumo].flatMap((token) => token || []));
}

function unauthorized(challenge: string, detail: string): Problem {
  return { status: 401, detail, headers: { "WWW-Authenticate": challenge } };
}

function nobody(problem: Problem): Caller {
  return { kind: "nobody", problem };
}
