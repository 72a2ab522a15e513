import type { HttpRequest } from "@azure/functions";
import { serviceUnavailable } from "../../http/problem.ts";
import { type Authenticate, notSignedIn, refused } from "../authenticate.ts";
import { retryAfterSeconds } from "./keyCache.ts";
import type { VerifyToken } from "./verifyToken.ts";

/**
 * Identifies the caller only from the token in `Authorization: Bearer` or `X-ZUMO-AUTH`. Ignores principal
 * headers, because any client can send them.
 */
export function createAuthenticateByToken(verifyToken: VerifyToken): Authenticate {
  return async (headers) => {
    const tokens = readTokens(headers);
    const [token] = tokens;
    if (token === undefined) {
      return notSignedIn(
        headers.get("authorization") === null
          ? "The request has no token. Sign in first, and send the token in Authorization: Bearer or X-ZUMO-AUTH."
          : "Authorization must be Bearer, a space and the token.",
      );
    }
    if (tokens.size > 1) {
      return refused("invalid_request", "The request has two different tokens. Send only one.");
    }
    if (/^Bearer /i.test(token)) {
      return refused("invalid_token", "X-ZUMO-AUTH must be the token alone, without Bearer.");
    }
    const verification = await verifyToken(token);
    switch (verification.kind) {
      case "verified":
        return { kind: "user", userId: verification.userId };
      case "unavailable": {
        const detail = "The issuer's keys are unreachable. Try again soon.";
        return {
          kind: "unauthenticated",
          problem: serviceUnavailable("keys-unavailable", detail, retryAfterSeconds),
        };
      }
      case "invalid":
        return refused("invalid_token", verification.reason);
    }
  };
}

/**
 * Returns the distinct tokens of a request. A header that was sent twice arrives as one with a comma, which
 * no token contains. Ignores an `Authorization` header with another scheme.
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
