import type { HttpResponseInit } from "@azure/functions";
import { emptyAnswer, jsonAnswer } from "../http/answer.ts";
import { outOfReach, type Problem } from "../http/problem.ts";
import type { TodoItem } from "./todoItem.ts";

/** An item as the answer, with its version as the entity tag. */
export function itemAnswer(
  status: number,
  item: TodoItem,
  headers: Readonly<Record<string, string>> = {},
): HttpResponseInit {
  return jsonAnswer(status, item, { ETag: entityTagOf(item), ...headers });
}

/** The client has this version of the item. */
export function notModified(item: TodoItem): HttpResponseInit {
  return emptyAnswer(304, { ETag: entityTagOf(item) });
}

/** Strong: another version is another text of the answer. */
function entityTagOf({ version }: TodoItem): string {
  return `"${version}"`;
}

/** There is none, or it is somebody else's: the answer tells neither from the other. */
export const noSuchItem: Problem = { status: 404, detail: "You have no item with this id." };

export const storageOutOfReach: Problem = outOfReach(
  "The items are out of reach for now. Try again soon.",
  5,
);
