import type { HttpFunctionOptions } from "@azure/functions";
import type { Authenticate } from "../auth/authenticate.ts";
import { signedIn, type TakeWrite, withinWrites } from "../auth/signedIn.ts";
import { emptyAnswer } from "../http/answer.ts";
import { problemAnswer } from "../http/problem.ts";
import { failureProblem } from "../registration/failureProblem.ts";
import type { ForgetDevices } from "../registration/forgetDevices.ts";
import type { ForgetItems } from "../todo/forgetItems.ts";
import { itemStorageFailure } from "../todo/itemAnswer.ts";

/** How long one call deletes items, in milliseconds. */
const longest = 8_000;

/**
 * Deletes the caller's registrations, and then the caller's items. An app repeats it while the answer is 202. What waits on
 * the queue ends when it is looked at next, because its row is gone.
 */
export function forgetMe(
  authenticate: Authenticate,
  takeWrite: TakeWrite,
  forgetDevices: ForgetDevices,
  forgetItems: ForgetItems,
): HttpFunctionOptions {
  return {
    methods: ["DELETE"],
    route: "api/me",
    authLevel: "anonymous",
    handler: signedIn(
      authenticate,
      withinWrites(takeWrite, async (_, userDigest, context) => {
        const began = Date.now();
        const devices = await forgetDevices(userDigest);
        if (devices.kind !== "done") {
          context.error(JSON.stringify({ outcome: "forget-failed", ...devices }));
          return problemAnswer(failureProblem(devices, "Your devices are unreachable for now."));
        }
        const items = await forgetItems(userDigest, began, began + longest);
        switch (items.kind) {
          case "done":
            return emptyAnswer(204);
          case "more":
            return emptyAnswer(202, { "Retry-After": "1" });
          case "unavailable":
          case "refused":
            return itemStorageFailure(items, context);
        }
      }),
    ),
  };
}
