import type { HttpFunctionOptions } from "@azure/functions";
import { exchangeProblem, loginProblem, noLoginHere } from "../auth/platform/loginProblem.ts";
import type { PlatformLogin } from "../auth/platform/platformLogin.ts";
import { jsonAnswer, redirectAnswer } from "../http/answer.ts";
import { guarded } from "../http/guarded.ts";
import { readJsonBody } from "../http/jsonBody.ts";
import { problemAnswer } from "../http/problem.ts";

/**
 * Leads the 2013 client library to App Service Authentication: a browser by a redirect, and a provider's
 * own token by exchanging it, since not every client of that time follows the redirect of a POST.
 */
export function login(platformLogin: PlatformLogin | undefined): HttpFunctionOptions {
  return {
    methods: ["GET", "POST"],
    route: "login/{provider}",
    authLevel: "anonymous",
    handler: guarded(async (request) => {
      if (!platformLogin) return problemAnswer(noLoginHere);
      const provider = request.params["provider"] ?? "";
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
