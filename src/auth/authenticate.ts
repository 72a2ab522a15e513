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
  return unauthenticated({ name: "missing-token", status: 401, detail }, "Bearer");
}

/**
 * Returns the 400 or 401 for a request whose credentials are not acceptable. The errors are those of
 * RFC 6750, section 3.1.
 *
 * @param detail a sentence in ASCII without quotes
 */
export function refused(error: "invalid_request" | "invalid_token", detail: string): Caller {
  const challenge = `Bearer error="${error}", error_description="${detail}"`;
  return error === "invalid_request"
    ? unauthenticated({ name: "two-tokens", status: 400, detail }, challenge)
    : unauthenticated({ name: "invalid-token", status: 401, detail }, challenge);
}

function unauthenticated(problem: Problem, wwwAuthenticate: string): Caller {
  return {
    kind: "unauthenticated",
    problem: { ...problem, headers: { "WWW-Authenticate": wwwAuthenticate } },
  };
}
