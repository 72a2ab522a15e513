import type { HttpFunctionOptions } from "@azure/functions";
import { type Guard, signedIn } from "../auth/signedIn.ts";
import { problemAnswer, tooManyRequests } from "../http/problem.ts";
import { listAnswer } from "../rows/list/listAnswer.ts";
import {
  readListQuery,
  tooBusy,
  tooCostlyToFilter,
  tooManyToRead,
} from "../rows/list/listQuery.ts";
import type { ListRows } from "../rows/list/listRows.ts";
import { rowStorageFailure } from "../rows/rowAnswer.ts";
import type { Table } from "../rows/table.ts";

/** `listTodoItems`, and the like of every table: lists the caller's rows in pages. */
export function listRows(table: Table, guard: Guard, list: ListRows): HttpFunctionOptions {
  return {
    methods: ["GET"],
    route: `tables/${table.name}`,
    authLevel: "anonymous",
    handler: signedIn(guard, async (request, owner, context) => {
      const reading = readListQuery(table, request.query);
      if (reading.kind === "problem") return problemAnswer(reading.problem);

      const listing = await list(table, owner, reading.query);
      switch (listing.kind) {
        case "entries":
          return listAnswer(table, listing, reading.query, request);
        case "tooOften":
          return problemAnswer(tooManyRequests(listing.seconds));
        case "busy":
          return problemAnswer(tooBusy);
        case "tooMany":
          return problemAnswer(tooManyToRead(table));
        case "tooCostly":
          return problemAnswer(tooCostlyToFilter(table));
        case "unavailable":
        case "refused":
          return rowStorageFailure(listing, context);
      }
    }),
  };
}
