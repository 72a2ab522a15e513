import type { HttpResponseInit, InvocationContext } from "@azure/functions";
import { emptyAnswer, jsonAnswer } from "../http/answer.ts";
import type { Problem } from "../http/problem.ts";
import { storageFailureAnswer } from "../http/storageFailureAnswer.ts";
import type { StorageFailure } from "../storage/failure.ts";
import type { TodoItem } from "./todoItem.ts";

/** Returns the response with an item. Its entity tag is the version of the item. */
export function itemAnswer(
  status: number,
  item: TodoItem,
  headers: Readonly<Record<string, string>> = {},
): HttpResponseInit {
  return jsonAnswer(status, item, { ETag: entityTagOf(item), ...headers });
}

/** Returns the response to a client that already has this version of the item. */
export function notModified(item: TodoItem): HttpResponseInit {
  return emptyAnswer(304, { ETag: entityTagOf(item) });
}

/** Returns a strong entity tag: the version is part of the body, so each version has its own body. */
function entityTagOf({ version }: TodoItem): string {
  return `"${version}"`;
}

/** The item does not exist or belongs to another user. The response does not reveal which. */
export const noSuchItem: Problem = {
  name: "item-not-found",
  status: 404,
  detail: "You have no item with this id.",
};

/** Returns the response to a request that storage did not fulfil. Logs what an operator has to fix. */
export function itemStorageFailure(
  failure: StorageFailure,
  log: Pick<InvocationContext, "error">,
): HttpResponseInit {
  const details = {
    unavailable: "Your items are unreachable for now. Try again soon.",
    refused: "The storage of items refuses this app.",
  };
  return storageFailureAnswer(failure, details, log);
}
