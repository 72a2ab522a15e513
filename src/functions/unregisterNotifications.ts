import type { HttpFunctionOptions } from "@azure/functions";
import type { Authenticate } from "../auth/authenticate.ts";
import { signedIn, type TakeWrite, withinWrites } from "../auth/signedIn.ts";
import { emptyAnswer } from "../http/answer.ts";
import { badInput, problemAnswer } from "../http/problem.ts";
import { readInstallationId } from "../registration/device.ts";
import { failureProblem } from "../registration/failureProblem.ts";
import type { Unregister } from "../registration/unregister.ts";

/** Deletes the caller's registrations of this installation. */
export function unregisterNotifications(
  authenticate: Authenticate,
  takeWrite: TakeWrite,
  unregister: Unregister,
): HttpFunctionOptions {
  return {
    methods: ["DELETE"],
    route: "api/register_notifications",
    authLevel: "anonymous",
    handler: signedIn(
      authenticate,
      withinWrites(takeWrite, async (request, userDigest, context) => {
        const installationId = readInstallationId(request.headers);
        if (typeof installationId !== "string") return problemAnswer(badInput([installationId]));

        const removed = await unregister(userDigest, installationId);
        if (removed.kind !== "done") {
          context.error(JSON.stringify({ outcome: "unregistration-failed", ...removed }));
          return problemAnswer(failureProblem(removed));
        }
        return emptyAnswer(204);
      }),
    ),
  };
}
