import type { HttpRequest, HttpResponseInit, InvocationContext } from "@azure/functions";
import { emptyAnswer, jsonAnswer } from "../http/answer.ts";
import { type Problem, problemAnswer } from "../http/problem.ts";
import type { StorageFailure } from "../storage/failure.ts";
import { storageFailureAnswer } from "../storage/storageFailureAnswer.ts";
import { isOfOldClient, withMilliseconds } from "./oldClient.ts";
import type { Row } from "./rowTable.ts";

/**
 * Returns the response with a row. Its entity tag is the version of the row.
 *
 * @param request for whose client the answer is
 */
export function rowAnswer(
  request: Pick<HttpRequest, "headers">,
  status: number,
  row: Row,
  headers: Readonly<Record<string, string>> = {},
): HttpResponseInit {
  const shown = isOfOldClient(request) ? withMilliseconds(row) : row;
  return jsonAnswer(status, shown, { ETag: entityTagOf(row), ...headers });
}

/** Returns the response to an insert with the id of another row. Old clients look for that row in it, as in a 412. */
export function idTakenAnswer(
  request: Pick<HttpRequest, "headers">,
  existing: Row,
): HttpResponseInit {
  return isOfOldClient(request) ? rowAnswer(request, 409, existing) : problemAnswer(idTaken);
}

/** Returns the response to an update of a row that is not there. Old clients take any body of it for the row. */
export function nothingToUpdate(request: Pick<HttpRequest, "headers">): HttpResponseInit {
  return isOfOldClient(request) ? emptyAnswer(404) : problemAnswer(noSuchRow);
}

/** Returns the response to a client that already has this version of the row. */
export function notModified(row: Row): HttpResponseInit {
  return emptyAnswer(304, { ETag: entityTagOf(row) });
}

/** Returns a strong entity tag: the version is part of the body, so each version has its own body. */
function entityTagOf({ version }: Row): string {
  return `"${version}"`;
}

/** The row does not exist or belongs to another user. The response does not reveal which. */
export const noSuchRow: Problem = {
  name: "item-not-found",
  status: 404,
  detail: "You have no item with this id.",
};

const idTaken: Problem = {
  name: "id-taken",
  status: 409,
  detail: "Another item has this id.",
};

/** Returns the response to a request that storage did not fulfil. Logs what an operator has to fix. */
export function rowStorageFailure(
  failure: StorageFailure,
  log: Pick<InvocationContext, "error">,
): HttpResponseInit {
  const details = {
    unavailable: "Your items are unreachable for now. Try again soon.",
    refused: "The storage of items refuses this app.",
  };
  return storageFailureAnswer(failure, details, log);
}
