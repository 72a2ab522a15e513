import type { HttpFunctionOptions } from "@azure/functions";
import type { Authenticate } from "../auth/authenticate.ts";
import { signedIn, type TakeWrite, withinWrites } from "../auth/signedIn.ts";
import type { ForgetUser } from "../forgetting/forgetUser.ts";
import { emptyAnswer } from "../http/answer.ts";
import { problemAnswer } from "../http/problem.ts";
import { failureProblem } from "../registration/failureProblem.ts";
import { itemStorageFailure } from "../todo/itemAnswer.ts";

/**
 * Deletes everything that is kept of the caller. An app repeats it while the answer is 202. What waits on the queue is
 * dropped when it is looked at next.
 */
export function forgetMe(
  authenticate: Authenticate,
  takeWrite: TakeWrite,
  forgetUser: ForgetUser,
): HttpFunctionOptions {
  return {
    methods: ["DELETE"],
    route: "api/me",
    authLevel: "anonymous",
    handler: signedIn(
      authenticate,
      withinWrites(takeWrite, async (_, userDigest, context) => {
        const forgetting = await forgetUser(userDigest);
        switch (forgetting.kind) {
          case "done":
            return emptyAnswer(204);
          case "more":
            return emptyAnswer(202, { "Retry-After": "1" });
          case "hub":
            context.error(JSON.stringify({ outcome: "forget-failed", ...forgetting.failure }));
            return problemAnswer(
              failureProblem(forgetting.failure, "Your devices are unreachable for now."),
            );
          case "unavailable":
          case "refused":
            return itemStorageFailure(forgetting, context);
        }
      }),
    ),
  };
}
