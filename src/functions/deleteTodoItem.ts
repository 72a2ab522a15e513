import type { HttpFunctionOptions } from "@azure/functions";
import type { Authenticate } from "../auth/authenticate.ts";
import { signedIn, type TakeWrite, withinWrites } from "../auth/signedIn.ts";
import { emptyAnswer } from "../http/answer.ts";
import { problemAnswer } from "../http/problem.ts";
import type { DeleteItem } from "../todo/existingItem.ts";
import { itemAnswer, itemStorageFailure, noSuchItem } from "../todo/itemAnswer.ts";
import { readDeleteRequest } from "../todo/itemRequest.ts";

/** Deletes one of the caller's items. */
export function deleteTodoItem(
  authenticate: Authenticate,
  takeWrite: TakeWrite,
  deleteItem: DeleteItem,
): HttpFunctionOptions {
  return {
    methods: ["DELETE"],
    route: "tables/TodoItem/{id}",
    authLevel: "anonymous",
    handler: signedIn(
      authenticate,
      withinWrites(takeWrite, async (request, owner, context) => {
        const reading = readDeleteRequest(request.params["id"] ?? "", request.headers);
        if (reading.kind === "problem") return problemAnswer(reading.problem);

        const deletion = await deleteItem(owner, reading.id, reading.versions);
        switch (deletion.kind) {
          case "deleted":
            return emptyAnswer(204);
          case "mismatch":
            return itemAnswer(412, deletion.item);
          case "absent":
            return problemAnswer(noSuchItem);
          case "unavailable":
          case "refused":
            return itemStorageFailure(deletion, context);
        }
      }),
    ),
  };
}
