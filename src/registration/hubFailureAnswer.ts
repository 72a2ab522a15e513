import type { HttpResponseInit, InvocationContext } from "@azure/functions";
import { type Problem, problemAnswer, serviceUnavailable } from "../http/problem.ts";
import type { HubFailure } from "../hub/result.ts";
import type { StorageFailure } from "../storage/failure.ts";
import { storageFailureAnswer } from "../storage/storageFailureAnswer.ts";

/** What a request asked of the hub, as the log names it, and the sentence for the caller. The first is the tutorial's. */
const sentences = {
  "registration-failed": "Registration failed!",
  "unregistration-failed": "Registration failed!",
  "devices-failed": "Your devices are unreachable for now.",
  "forget-failed": "Your devices are unreachable for now.",
} as const;

/** Returns the response to a request that the hub did not fulfil. Logs the failure. */
export function hubFailureAnswer(
  outcome: keyof typeof sentences,
  failure: HubFailure,
  log: Pick<InvocationContext, "error">,
): HttpResponseInit {
  log.error(JSON.stringify({ outcome, ...failure }));
  return problemAnswer(problemOf(failure, sentences[outcome]));
}

/** Returns the response to a registration for which storage was needed and did not answer. */
export function registrationStorageFailure(
  failure: StorageFailure,
  log: Pick<InvocationContext, "error">,
): HttpResponseInit {
  const sentence = sentences["registration-failed"];
  return storageFailureAnswer(failure, { unavailable: sentence, refused: sentence }, log);
}

/** Tells the caller only whose fault it is. */
function problemOf(failure: HubFailure, detail: string): Problem {
  switch (failure.kind) {
    case "refused":
      return { name: "registration-refused", status: 400, detail };
    case "credentials":
      return { name: "hub-refuses-app", status: 502, detail };
    case "gone":
    case "changed":
      return serviceUnavailable("hub-unavailable", detail, 1);
    case "unavailable":
      return serviceUnavailable("hub-unavailable", detail, failure.retryAfter ?? 5);
  }
}
