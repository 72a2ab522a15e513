import type { HttpFunctionOptions } from "@azure/functions";
import { type Guard, signedIn } from "../auth/signedIn.ts";
import type { ForgetUser } from "../forgetting/forgetUser.ts";
import { emptyAnswer } from "../http/answer.ts";
import { hubFailureAnswer } from "../registration/hubFailureAnswer.ts";
import { rowStorageFailure } from "../rows/rowAnswer.ts";

/**
 * Deletes everything that is kept of the caller. An app repeats it while the answer is 202. What waits on the queue is
 * dropped when it is looked at next.
 */
export function forgetMe(guard: Guard, forgetUser: ForgetUser): HttpFunctionOptions {
  return {
    methods: ["DELETE"],
    route: "api/me",
    authLevel: "anonymous",
    handler: signedIn(guard, async (_, userDigest, context) => {
      const forgetting = await forgetUser(userDigest);
      switch (forgetting.kind) {
        case "done":
          return emptyAnswer(204);
        case "more":
          return emptyAnswer(202, { "Retry-After": "1" });
        case "hub":
          return hubFailureAnswer("forget-failed", forgetting.failure, context);
        case "unavailable":
        case "refused":
          return rowStorageFailure(forgetting, context);
      }
    }),
  };
}
