import type { HttpFunctionOptions } from "@azure/functions";
import { exchangeProblem, loginProblem, signInDisabled } from "../auth/platform/loginProblem.ts";
import type { PlatformLogin } from "../auth/platform/platformLogin.ts";
import { jsonAnswer, redirectAnswer } from "../http/answer.ts";
import { readJsonBody } from "../http/jsonBody.ts";
import { problemAnswer } from "../http/problem.ts";
import { signInPage } from "../http/signInPage.ts";
import { withProblemResponses } from "../http/withProblemResponses.ts";

/**
 * Leads the 2013 client library to App Service Authentication. A browser is redirected there. It comes back
 * to `/login/done`, where the library finds the token, or the reason why there is none, in the fragment.
 *
 * A provider's own token is exchanged here, because not every client of 2013 follows the redirect of a POST.
 */
export function login(
  findPlatformLogin: () => Promise<PlatformLogin | undefined>,
): HttpFunctionOptions {
  return {
    methods: ["GET", "POST"],
    route: "login/{provider}",
    authLevel: "anonymous",
    handler: withProblemResponses(async (request) => {
      const platformLogin = await findPlatformLogin();
      if (!platformLogin) return problemAnswer(signInDisabled);
      const provider = request.params["provider"] ?? "";
      if (request.method === "GET" && provider.toLowerCase() === "done") {
        return signInPage();
      }
      const problem = loginProblem(provider, request.query);
      if (problem) return problemAnswer(problem);
      if (request.method === "GET") return redirectAnswer(platformLogin.begin(provider));

      const body = await readJsonBody(request);
      if (body.kind === "problem") return problemAnswer(body.problem);
      const exchange = await platformLogin.exchange(provider, body.value);
      return exchange.kind === "session"
        ? jsonAnswer(200, exchange.session)
        : problemAnswer(exchangeProblem(exchange));
    }),
  };
}
