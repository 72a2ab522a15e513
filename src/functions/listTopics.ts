import type { HttpFunctionOptions } from "@azure/functions";
import { type Guard, signedIn } from "../auth/signedIn.ts";
import { jsonAnswer } from "../http/answer.ts";

/** Lists the topics that devices may subscribe to. */
export function listTopics(guard: Guard, topics: readonly string[]): HttpFunctionOptions {
  return {
    methods: ["GET"],
    route: "api/topics",
    authLevel: "anonymous",
    handler: signedIn(guard, async () => jsonAnswer(200, { topics })),
  };
}
