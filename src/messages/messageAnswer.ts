import type { HttpResponseInit, InvocationContext } from "@azure/functions";
import type { Problem } from "../http/problem.ts";
import type { StorageFailure } from "../storage/failure.ts";
import { storageFailureAnswer } from "../storage/storageFailureAnswer.ts";

export const idTaken: Problem = {
  name: "id-taken",
  status: 409,
  detail: "Another message has this id.",
};

export const noSuchMessage: Problem = {
  name: "message-not-found",
  status: 404,
  detail: "There is no message with this id.",
};

/** @param seconds until the next message is accepted */
export function tooManyMessages(seconds: number): Problem {
  return {
    name: "too-many-messages",
    status: 429,
    detail: "This app accepts no more messages for now: Push__messagesPerMinute bounds them.",
    headers: { "Retry-After": String(seconds) },
  };
}

/** Returns the response to a request that storage did not fulfil. Logs what an operator has to fix. */
export function messageStorageFailure(
  failure: StorageFailure,
  log: Pick<InvocationContext, "error">,
): HttpResponseInit {
  const details = {
    unavailable: "The messages are unreachable for now. Try again soon.",
    refused: "The storage of messages refuses this app.",
  };
  return storageFailureAnswer(failure, details, log);
}
