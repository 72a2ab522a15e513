import type { HttpFunctionOptions } from "@azure/functions";
import type { Authenticate } from "../auth/authenticate.ts";
import { signedIn } from "../auth/signedIn.ts";
import { problemAnswer, tooManyRequests } from "../http/problem.ts";
import { itemStorageFailure } from "../todo/itemAnswer.ts";
import { listAnswer } from "../todo/listAnswer.ts";
import type { ListItems } from "../todo/listItems.ts";
import { readListQuery, tooBusy, tooCostlyToFilter, tooManyToRead } from "../todo/listQuery.ts";

/** Lists the caller's items in pages. */
export function listTodoItems(
  authenticate: Authenticate,
  listItems: ListItems,
): HttpFunctionOptions {
  return {
    methods: ["GET"],
    route: "tables/TodoItem",
    authLevel: "anonymous",
    handler: signedIn(authenticate, async (request, owner, context) => {
      const reading = readListQuery(request.query);
      if (reading.kind === "problem") return problemAnswer(reading.problem);

      const listing = await listItems(owner, reading.query);
      switch (listing.kind) {
        case "items":
          return listAnswer(listing, reading.query, request.query);
        case "tooOften":
          return problemAnswer(tooManyRequests(listing.seconds));
        case "busy":
          return problemAnswer(tooBusy);
        case "tooMany":
          return problemAnswer(tooManyToRead);
        case "tooCostly":
          return problemAnswer(tooCostlyToFilter);
        case "unavailable":
        case "refused":
          return itemStorageFailure(listing, context);
      }
    }),
  };
}
