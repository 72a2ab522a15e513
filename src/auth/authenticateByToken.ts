import type { HttpRequest } from "@azure/functions";
import { outOfReach, type Problem } from "../http/problem.ts";
import { retryAfterSeconds } from "./signingKeys.ts";
import type { UserId, VerifyToken } from "./verifyToken.ts";

export type Caller =
  | { readonly kind: "user"; readonly userId: UserId }
  | { readonly kind: "nobody"; readonly problem: Problem };

/** Tells who is calling from a request's headers, or why it can't be told. */
export type Authenticate = (headers: HttpRequest["headers"]) => Promise<Caller>;

/**
 * Tells who is calling from the token in `Authorization: Bearer` or `X-ZUMO-AUTH`, and from nothing
 * else: anybody can send principal headers.
 */
export function createAuthenticate(verifyToken: VerifyToken): Authenticate {
  return async (headers) => {
    const tokens = readTokens(headers);
    const [token] = tokens;
    if (token === undefined) {
      return nobody(401, "Bearer", "Sign in first: the request carries no token.");
    }
    // RFC 6750, section 3.1, has the errors of a request that does carry one.
    if (tokens.size > 1) {
      const detail = "The request carries two different tokens: send one.";
      return nobody(400, challenge("invalid_request", detail), detail);
    }
    const verification = await verifyToken(token);
    switch (verification.kind) {
      case "verified":
        return { kind: "user", userId: verification.userId };
      case "unavailable": {
        const detail = "The issuer's keys are out of reach. Try again soon.";
        return { kind: "nobody", problem: outOfReach(detail, retryAfterSeconds) };
      }
      case "invalid": {
        const detail = verification.reason;
        return nobody(401, challenge("invalid_token", detail), detail);
      }
    }
  };
}

/**
 * The tokens of a request, each once. A header that was sent twice arrives as one, with a comma, which
 * no token has. An `Authorization` of another scheme is no token.
 */
function readTokens(headers: HttpRequest["headers"]): ReadonlySet<string> {
  const authorization = headers.get("authorization") ?? "";
  const bearers = /^Bearer /i.test(authorization) ? authorization.split(",") : [];
  const tokens = [
    ...bearers.map((bearer) => bearer.trim().replace(/^Bearer +/i, "")),
    ...(headers.get("x-zumo-auth") ?? "").split(",").map((token) => token.trim()),
  ];
  return new Set(tokens.filter((token) => token !== ""));
}

/** @param description a sentence in ASCII without quotes */
function challenge(error: "invalid_request" | "invalid_token", description: string): string {
  return `Bearer error="${error}", error_description="${description}"`;
}

function nobody(status: number, wwwAuthenticate: string, detail: string): Caller {
  return {
    kind: "nobody",
    problem: { status, detail, headers: { "WWW-Authenticate": wwwAuthenticate } },
  };
}
