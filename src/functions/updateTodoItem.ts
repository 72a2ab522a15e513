import type { HttpFunctionOptions } from "@azure/functions";
import type { Authenticate } from "../auth/authenticate.ts";
import { signedIn, type TakeWrite, withinWrites } from "../auth/signedIn.ts";
import { readJsonBody } from "../http/jsonBody.ts";
import { problemAnswer } from "../http/problem.ts";
import type { UpdateItem } from "../todo/existingItem.ts";
import { itemAnswer, itemStorageFailure, noSuchItem } from "../todo/itemAnswer.ts";
import { readUpdateRequest } from "../todo/itemRequest.ts";

/** Changes members of one of the caller's items. */
export function updateTodoItem(
  authenticate: Authenticate,
  takeWrite: TakeWrite,
  updateItem: UpdateItem,
): HttpFunctionOptions {
  return {
    methods: ["PATCH"],
    route: "tables/TodoItem/{id}",
    authLevel: "anonymous",
    handler: signedIn(
      authenticate,
      withinWrites(takeWrite, async (request, owner, context) => {
        const body = await readJsonBody(request);
        if (body.kind === "problem") return problemAnswer(body.problem);
        const reading = readUpdateRequest(request.params["id"] ?? "", request.headers, body.value);
        if (reading.kind === "problem") return problemAnswer(reading.problem);

        const { id, changes, versions } = reading;
        const update = await updateItem(owner, id, changes, versions);
        switch (update.kind) {
          case "updated":
            return itemAnswer(200, update.item);
          case "mismatch":
            return itemAnswer(412, update.item);
          case "absent":
            return problemAnswer(noSuchItem);
          case "unavailable":
          case "refused":
            return itemStorageFailure(update, context);
        }
      }),
    ),
  };
}
