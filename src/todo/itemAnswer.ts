import type { HttpResponseInit } from "@azure/functions";
import { emptyAnswer, jsonAnswer } from "../http/answer.ts";
import { type Problem, serviceUnavailable } from "../http/problem.ts";
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
export const noSuchItem: Problem = { status: 404, detail: "You have no item with this id." };

export const storageUnavailable: Problem = serviceUnavailable(
  "Your items are unreachable for now. Try again soon.",
  5,
);
