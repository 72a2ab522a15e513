import { type Problem, serviceUnavailable } from "../http/problem.ts";
import type { HubFailure } from "../hub/result.ts";

/** The sentence of the tutorial. */
const tutorialDetail = "Registration failed!";

/**
 * Returns the problem for a failure of the hub. It tells the caller only whose fault it is.
 *
 * @param detail the sentence for the caller
 */
export function failureProblem(failure: HubFailure, detail = tutorialDetail): Problem {
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
