import { outOfReach, type Problem } from "../http/problem.ts";
import type { HubFailure } from "../hub/result.ts";

/** The tutorial's sentence. */
const detail = "Registration failed!";

/** What the caller is told of a failure of the hub: whose fault it is, and no more. */
export function failureProblem(failure: HubFailure): Problem {
  switch (failure.kind) {
    case "refused":
      return { status: 400, detail };
    case "credentials":
      return { status: 502, detail };
    case "changed":
      return outOfReach(detail, 1);
    case "unavailable":
      return outOfReach(detail, failure.retryAfter ?? 5);
  }
}
