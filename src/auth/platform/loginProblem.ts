import { badInput, outOfReach, type Problem } from "../../http/problem.ts";
import type { Exchange } from "./platformLogin.ts";

/** The answer to whoever signs in at this app while it takes the tokens of issuers. */
export const noLoginHere: Problem = {
  status: 404,
  detail:
    "Nobody signs in here: App Service Authentication is off. Send a token of one of this app's issuers.",
};

const noSuchProvider: Problem = { status: 404, detail: "There is no such provider." };

/**
 * The parameters by which a client asks to be sent elsewhere with the token. Whoever signs in is sent
 * to `/login/done` and nowhere else: any other address could be somebody else's.
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
 * Says what is wrong with a request to sign in, if anything is.
 *
 * @param provider the part of the path
 */
export function loginProblem(
  provider: string,
  query: Pick<URLSearchParams, "keys">,
): Problem | undefined {
  // The platform serves `done` beside its providers, as this app does.
  const isName = /^[a-z0-9][a-z0-9_-]{0,63}$/i.test(provider) && provider.toLowerCase() !== "done";
  if (!isName) return noSuchProvider;
  const faults = [...query.keys()]
    .filter((name) => elsewhere.has(name.toLowerCase()))
    .map((name) => ({
      pointer: `/query/${name.toLowerCase()}`,
      detail: "Signing in ends at /login/done and nowhere else.",
    }));
  return faults.length > 0 ? badInput(faults) : undefined;
}

/** What the caller is told where a provider's token was not exchanged. */
export function exchangeProblem({ kind }: Exclude<Exchange, { kind: "session" }>): Problem {
  switch (kind) {
    case "refused":
      return {
        status: 401,
        detail: "The provider's token is not accepted.",
        headers: { "WWW-Authenticate": "Bearer" },
      };
    case "malformed": {
      const detail = "The body does not hold the token that this provider's sign-in takes.";
      return badInput([{ pointer: "#", detail }]);
    }
    case "unknownProvider":
      return noSuchProvider;
    case "unavailable":
      return outOfReach("Signing in is out of reach. Try again soon.", 5);
  }
}
