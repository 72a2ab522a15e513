import type { HttpFunctionOptions } from "@azure/functions";
import type { AnnounceInsert } from "../delivery/announceInsert.ts";
import type { TooLarge } from "../delivery/announcement.ts";
import { jsonAnswer } from "../http/answer.ts";
import { readJsonBody } from "../http/jsonBody.ts";
import { problemAnswer } from "../http/problem.ts";
import type { Take } from "../http/tokenBucket.ts";
import { withProblemResponses } from "../http/withProblemResponses.ts";
import type { InsertMessage } from "../messages/insertMessage.ts";
import { announcementOf, type Declared, readNewMessage } from "../messages/message.ts";
import { idTaken, messageStorageFailure, tooManyMessages } from "../messages/messageAnswer.ts";

/**
 * Stores a message of a trusted backend and announces it to its audience. The Functions host asks for the function key
 * before it calls this.
 */
export function sendNotification(
  declared: Declared,
  tooLarge: TooLarge,
  take: Take,
  insertMessage: InsertMessage,
  announceInsert: AnnounceInsert,
): HttpFunctionOptions {
  return {
    methods: ["POST"],
    route: "api/notifications",
    authLevel: "function",
    handler: withProblemResponses(async (request, context) => {
      const body = await readJsonBody(request);
      if (body.kind === "problem") return problemAnswer(body.problem);
      const reading = readNewMessage(body.value, declared, tooLarge);
      if (reading.kind === "problem") return problemAnswer(reading.problem);
      const wait = take();
      if (wait > 0) return problemAnswer(tooManyMessages(wait));

      const { message } = reading;
      const insertion = await announceInsert(
        announcementOf(message),
        (intentId, latest) => insertMessage(message, intentId, latest),
        context.invocationId,
      );
      switch (insertion.kind) {
        case "inserted": {
          const { id, createdAt } = insertion.row;
          return jsonAnswer(202, { id, createdAt }, { Location: `/api/notifications/${id}` });
        }
        case "conflict":
          return problemAnswer(idTaken);
        case "unavailable":
        case "refused":
          return messageStorageFailure(insertion, context);
      }
    }),
  };
}
