import type { HttpRequest } from "@azure/functions";
import type { Problem } from "../http/problem.ts";
import type { UserId } from "../user.ts";

export type Caller =
  | { readonly kind: "user"; readonly userId: UserId }
  | { readonly kind: "nobody"; readonly problem: Problem };

/** Tells who is calling from a request's headers, or why it can't be told. */
export type Authenticate = (headers: HttpRequest["headers"]) => Promise<Caller>;

/** The answer to a request that names nobody. */
export function notSignedIn(detail: string): Caller {
  return nobody(401, "Bearer", detail);
}

/**
 * The answer to a request that names somebody in a way that can't be accepted. RFC 6750, section 3.1,
 * has the errors.
 *
 * @param detail a sentence in ASCII without quotes
 */
export function refused(error: "invalid_request" | "invalid_token", detail: string): Caller {
  const challenge = `Bearer error="${error}", error_description="${detail}"`;
  return nobody(error === "invalid_request" ? 400 : 401, challenge, detail);
}

function nobody(status: number, wwwAuthenticate: string, detail: string): Caller {
  return {
    kind: "nobody",
    problem: { status, detail, headers: { "WWW-Authenticate": wwwAuthenticate } },
  };
}
