import type { HttpResponseInit, InvocationContext } from "@azure/functions";
import { problemAnswer, serviceUnavailable } from "../http/problem.ts";
import type { StorageFailure } from "./failure.ts";

/**
 * Returns the response to a request that storage did not fulfil. Logs what an operator has to fix.
 *
 * @param details the sentences for the caller
 */
export function storageFailureAnswer(
  { kind }: StorageFailure,
  details: Readonly<Record<StorageFailure["kind"], string>>,
  log: Pick<InvocationContext, "error">,
): HttpResponseInit {
  if (kind === "unavailable") {
    return problemAnswer(serviceUnavailable("storage-unavailable", details.unavailable, 5));
  }
  // An alert looks for this line.
  log.error(JSON.stringify({ outcome: "credentials-refused", reason: "storage" }));
  return problemAnswer({ name: "storage-refuses-app", status: 502, detail: details.refused });
}
