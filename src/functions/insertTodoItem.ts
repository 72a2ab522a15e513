import type { HttpFunctionOptions, HttpResponseInit } from "@azure/functions";
import type { Authenticate } from "../auth/authenticate.ts";
import { signedIn, type TakeWrite, withinWrites } from "../auth/signedIn.ts";
import type { AnnounceInsert } from "../delivery/announceInsert.ts";
import { readJsonBody } from "../http/jsonBody.ts";
import { problemAnswer } from "../http/problem.ts";
import type { InsertItem } from "../todo/insertItem.ts";
import { announcementOf } from "../todo/itemAnnouncement.ts";
import { itemAnswer, itemStorageFailure } from "../todo/itemAnswer.ts";
import { readNewTodoItem, type TodoItem } from "../todo/todoItem.ts";

/** Stores an item for the caller and announces it on the caller's devices. */
export function insertTodoItem(
  authenticate: Authenticate,
  takeWrite: TakeWrite,
  insertItem: InsertItem,
  announceInsert: AnnounceInsert,
  title: string,
): HttpFunctionOptions {
  return {
    methods: ["POST"],
    route: "tables/TodoItem",
    authLevel: "anonymous",
    handler: signedIn(
      authenticate,
      withinWrites(takeWrite, async (request, owner, context) => {
        const body = await readJsonBody(request);
        if (body.kind === "problem") return problemAnswer(body.problem);
        const reading = readNewTodoItem(body.value);
        if (reading.kind === "problem") return problemAnswer(reading.problem);

        const { item } = reading;
        const insertion = await announceInsert(
          announcementOf(title, owner, item),
          (intentId, latest) => insertItem(owner, item, intentId, latest),
          context,
        );
        switch (insertion.kind) {
          case "inserted":
            return created(insertion.item);
          case "conflict":
            return problemAnswer({
              name: "id-taken",
              status: 409,
              detail: "Another item has this id.",
            });
          case "unavailable":
          case "refused":
            return itemStorageFailure(insertion, context);
        }
      }),
    ),
  };
}

function created(item: TodoItem): HttpResponseInit {
  return itemAnswer(201, item, { Location: `/tables/TodoItem/${item.id}` });
}
