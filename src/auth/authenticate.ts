import type { HttpRequest } from "@azure/functions";
import type { Problem } from "../http/problem.ts";
import type { UserId } from "../user.ts";

export type Caller =
  | { readonly kind: "user"; readonly userId: UserId }
  | { readonly kind: "unauthenticated"; readonly problem: Problem };

/** Identifies the caller from a request's headers, or says why that is not possible. */
export type Authenticate = (headers: HttpRequest["headers"]) => Promise<Caller>;

/** Returns the 401 for a request that identifies no user. */
export function notSignedIn(detail: string): Caller {
  return unauthenticated(401, "Bearer", detail);
}

/**
 * Returns the 400 or 401 for a request whose credentials are not acceptable. The errors are those of
 * RFC 6750, section 3.1.
 *
 * @param detail a sentence in ASCII without quotes
 */
export function refused(error: "invalid_request" | "invalid_token", detail: string): Caller {
  const challenge = `Bearer error="${error}", error_description="${detail}"`;
  return unauthenticated(error === "invalid_request" ? 400 : 401, challenge, detail);
}

function unauthenticated(status: number, wwwAuthenticate: string, detail: string): Caller {
  return {
    kind: "unauthenticated",
    problem: { status, detail, headers: { "WWW-Authenticate": wwwAuthenticate } },
  };
}
