import type { HttpFunctionOptions } from "@azure/functions";
import { type Guard, signedIn } from "../auth/signedIn.ts";
import { emptyAnswer } from "../http/answer.ts";
import { badInput, problemAnswer } from "../http/problem.ts";
import { hubFailureAnswer } from "../registration/hubFailureAnswer.ts";
import type { RemoveDevice } from "../registration/userRegistrations.ts";

/** Ends the notifications of one of the caller's devices, such as a lost phone. */
export function removeDevice(guard: Guard, remove: RemoveDevice): HttpFunctionOptions {
  return {
    methods: ["DELETE"],
    route: "api/devices/{registrationId}",
    authLevel: "anonymous",
    handler: signedIn(guard, async (request, userDigest, context) => {
      const registrationId = request.params["registrationId"] ?? "";
      // The hub's client puts it into a path without encoding it.
      if (!/^[A-Za-z0-9_-]{1,128}$/.test(registrationId)) {
        const detail = "In the path, registrationId must be 1 to 128 letters, digits, - and _.";
        return problemAnswer(badInput([{ pointer: "/path/registrationId", detail }]));
      }
      const removed = await remove(userDigest, registrationId);
      if (removed.kind !== "done") {
        return hubFailureAnswer("devices-failed", removed, context);
      }
      return removed.value === "removed"
        ? emptyAnswer(204)
        : problemAnswer({
            name: "device-not-found",
            status: 404,
            detail: "You have no device with this registration id.",
          });
    }),
  };
}
