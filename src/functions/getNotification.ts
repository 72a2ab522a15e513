import type { HttpFunctionOptions } from "@azure/functions";
import { jsonAnswer } from "../http/answer.ts";
import { idRule, isId } from "../http/members.ts";
import { badInput, problemAnswer } from "../http/problem.ts";
import { withProblemResponses } from "../http/withProblemResponses.ts";
import type { GetMessage } from "../messages/getMessage.ts";
import { messageStorageFailure, noSuchMessage } from "../messages/messageAnswer.ts";

/** Tells a trusted backend what became of a message. The Functions host asks for the function key before it calls this. */
export function getNotification(getMessage: GetMessage): HttpFunctionOptions {
  return {
    methods: ["GET"],
    route: "api/notifications/{id}",
    authLevel: "function",
    handler: withProblemResponses(async (request, context) => {
      const id = request.params["id"];
      if (!isId(id)) {
        return problemAnswer(badInput([{ pointer: "/path/id", detail: `In the path, ${idRule}` }]));
      }
      const found = await getMessage(id);
      switch (found.kind) {
        case "found":
          return jsonAnswer(200, found.message);
        case "absent":
          return problemAnswer(noSuchMessage);
        case "unavailable":
        case "refused":
          return messageStorageFailure(found, context);
      }
    }),
  };
}
