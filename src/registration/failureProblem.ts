import { type Problem, serviceUnavailable } from "../http/problem.ts";
import type { HubFailure } from "../hub/result.ts";

/** The sentence of the tutorial. */
const detail = "Registration failed!";

/** Returns the problem for a failure of the hub. It tells the caller only whose fault it is. */
export function failureProblem(failure: HubFailure): Problem {
  switch (failure.kind) {
    case "refused":
      return { status: 400, detail };
    case "credentials":
      return { status: 502, detail };
    case "gone":
    case "changed":
      return serviceUnavailable(detail, 1);
    case "unavailable":
      return serviceUnavailable(detail, failure.retryAfter ?? 5);
  }
}
