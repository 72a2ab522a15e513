import type { HttpFunctionOptions } from "@azure/functions";
import { noLoginHere } from "../auth/platform/loginProblem.ts";
import type { PlatformLogin } from "../auth/platform/platformLogin.ts";
import { pageAnswer } from "../http/answer.ts";
import { problemAnswer } from "../http/problem.ts";

/**
 * Answers at the address at which the 2013 library finds the token, or why there is none, in the
 * fragment. The host tries functions in the order of their names: this one comes before `login`.
 */
export function completeLogin(platformLogin: PlatformLogin | undefined): HttpFunctionOptions {
  return {
    methods: ["GET"],
    route: "login/done",
    authLevel: "anonymous",
    handler: async () =>
      platformLogin
        ? pageAnswer("Signing in has ended. You can close this window.")
        : problemAnswer(noLoginHere),
  };
}
