import type { HttpFunctionOptions } from "@azure/functions";
import type { Authenticate } from "../auth/authenticate.ts";
import { signedIn } from "../auth/signedIn.ts";
import { jsonAnswer } from "../http/answer.ts";

/** Lists the topics that devices may subscribe to. */
export function listTopics(
  authenticate: Authenticate,
  topics: readonly string[],
): HttpFunctionOptions {
  return {
    methods: ["GET"],
    route: "api/topics",
    authLevel: "anonymous",
    handler: signedIn(authenticate, async () => jsonAnswer(200, { topics })),
  };
}
