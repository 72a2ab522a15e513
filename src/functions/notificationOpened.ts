import type { HttpFunctionOptions } from "@azure/functions";
import { type Guard, signedIn } from "../auth/signedIn.ts";
import { emptyAnswer } from "../http/answer.ts";
import { idRule, isId } from "../http/members.ts";
import { badInput, problemAnswer } from "../http/problem.ts";
import type { Openings } from "../messages/openings.ts";

/** Counts that a signed-in user opened a message, roughly and without noting who. It is 204 for any id. */
export function notificationOpened(guard: Guard, note: Openings["note"]): HttpFunctionOptions {
  return {
    methods: ["POST"],
    route: "api/notifications/{id}/opened",
    authLevel: "anonymous",
    handler: signedIn(guard, async (request) => {
      const id = request.params["id"];
      if (!isId(id)) {
        return problemAnswer(badInput([{ pointer: "/path/id", detail: `In the path, ${idRule}` }]));
      }
      note(id);
      return emptyAnswer(204);
    }),
  };
}
