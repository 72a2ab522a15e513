import { badInput, type Problem, serviceUnavailable } from "../../http/problem.ts";
import { isProvider } from "../../user.ts";
import type { Exchange } from "./platformLogin.ts";

/** The response to a sign-in request if this app verifies issuers' tokens itself. */
export const signInDisabled: Problem = {
  name: "sign-in-disabled",
  status: 404,
  detail:
    "Sign-in is disabled: App Service Authentication is off. Send a token from one of this app's issuers " +
    "in Authorization: Bearer. To try it on this machine: npm run local -- --auth platform.",
};

const noSuchProvider: Problem = {
  name: "provider-not-found",
  status: 404,
  detail: "There is no such provider.",
};

/**
 * The parameters with which a client asks for a redirect elsewhere with the token. Sign-in redirects only
 * to `/login/done`: any other address could belong to an attacker.
 */
const elsewhere: ReadonlySet<string> = new Set([
  "sso_end_uri",
  "completion_origin",
  "redirect_uri",
  "redirect_url",
  "post_login_redirect_uri",
  "post_login_redirect_url",
]);

/**
 * Returns the problem with a sign-in request, or `undefined` if the request is valid.
 *
 * @param provider the provider's name in the request's path
 */
export function loginProblem(
  provider: string,
  query: Pick<URLSearchParams, "keys">,
): Problem | undefined {
  // `done` is not a provider: like this app, the platform serves a page at that path.
  const name = provider.toLowerCase();
  if (!isProvider(name) || name === "done") return noSuchProvider;
  const faults = [...query.keys()]
    .filter((name) => elsewhere.has(name.toLowerCase()))
    .map((name) => ({
      pointer: `/query/${name.toLowerCase()}`,
      detail: "Sign-in always ends at /login/done. Remove this parameter.",
    }));
  return faults.length > 0 ? badInput(faults) : undefined;
}

/** Returns the problem for the caller if the exchange of a provider's token failed. */
export function exchangeProblem({ kind }: Exclude<Exchange, { kind: "session" }>): Problem {
  switch (kind) {
    case "refused":
      return {
        name: "sign-in-refused",
        status: 401,
        detail: "The provider's token is not accepted.",
        headers: { "WWW-Authenticate": "Bearer" },
      };
    case "malformed": {
      const detail = "The body does not contain the token that this provider expects.";
      return badInput([{ pointer: "#", detail }]);
    }
    case "unknownProvider":
      return noSuchProvider;
    case "unavailable":
      return serviceUnavailable(
        "sign-in-unavailable",
        "Sign-in is unavailable. Try again soon.",
        5,
      );
  }
}
