import type { HttpFunctionOptions } from "@azure/functions";
import type { Authenticate } from "../auth/authenticate.ts";
import { signedIn } from "../auth/signedIn.ts";
import { problemAnswer } from "../http/problem.ts";
import type { GetItem } from "../todo/existingItem.ts";
import { itemAnswer, itemStorageFailure, noSuchItem, notModified } from "../todo/itemAnswer.ts";
import { readGetRequest } from "../todo/itemRequest.ts";

/** Returns one of the caller's items, or 304 if the client already has this version. */
export function getTodoItem(authenticate: Authenticate, getItem: GetItem): HttpFunctionOptions {
  return {
    methods: ["GET"],
    route: "tables/TodoItem/{id}",
    authLevel: "anonymous",
    handler: signedIn(authenticate, async (request, owner, context) => {
      const reading = readGetRequest(request.params["id"] ?? "", request.headers);
      if (reading.kind === "problem") return problemAnswer(reading.problem);

      const found = await getItem(owner, reading.id);
      switch (found.kind) {
        case "found":
          return reading.knows(found.item) ? notModified(found.item) : itemAnswer(200, found.item);
        case "absent":
          return problemAnswer(noSuchItem);
        case "unavailable":
        case "refused":
          return itemStorageFailure(found, context);
      }
    }),
  };
}
