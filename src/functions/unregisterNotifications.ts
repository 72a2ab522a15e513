import type { HttpFunctionOptions } from "@azure/functions";
import { type Guard, signedIn } from "../auth/signedIn.ts";
import { emptyAnswer } from "../http/answer.ts";
import { badInput, problemAnswer } from "../http/problem.ts";
import { readInstallationId } from "../registration/device.ts";
import { hubFailureAnswer } from "../registration/hubFailureAnswer.ts";
import type { Unregister } from "../registration/unregister.ts";

/** Deletes the caller's registrations of this installation. */
export function unregisterNotifications(guard: Guard, unregister: Unregister): HttpFunctionOptions {
  return {
    methods: ["DELETE"],
    route: "api/register_notifications",
    authLevel: "anonymous",
    handler: signedIn(guard, async (request, userDigest, context) => {
      const installationId = readInstallationId(request.headers);
      if (typeof installationId !== "string") return problemAnswer(badInput([installationId]));

      const removed = await unregister(userDigest, installationId);
      if (removed.kind !== "done") {
        return hubFailureAnswer("unregistration-failed", removed, context);
      }
      return emptyAnswer(204);
    }),
  };
}
