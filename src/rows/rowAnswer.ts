import type { HttpResponseInit, InvocationContext } from "@azure/functions";
import { emptyAnswer, jsonAnswer } from "../http/answer.ts";
import type { Problem } from "../http/problem.ts";
import type { StorageFailure } from "../storage/failure.ts";
import { storageFailureAnswer } from "../storage/storageFailureAnswer.ts";
import type { Row } from "./rowTable.ts";

/** Returns the response with a row. Its entity tag is the version of the row. */
export function rowAnswer(
  status: number,
  row: Row,
  headers: Readonly<Record<string, string>> = {},
): HttpResponseInit {
  return jsonAnswer(status, row, { ETag: entityTagOf(row), ...headers });
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

export const idTaken: Problem = {
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
