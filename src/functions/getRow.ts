import type { HttpFunctionOptions } from "@azure/functions";
import { type Guard, signedIn } from "../auth/signedIn.ts";
import { problemAnswer } from "../http/problem.ts";
import type { GetRow } from "../rows/existingRow.ts";
import { noSuchRow, notModified, rowAnswer, rowStorageFailure } from "../rows/rowAnswer.ts";
import { readGetRequest } from "../rows/rowRequest.ts";
import type { Table } from "../rows/table.ts";

/**
 * `getTodoItem`, and the like of every table: returns one of the caller's rows, or 304 if the client already has this
 * version.
 */
export function getRow(table: Table, guard: Guard, get: GetRow): HttpFunctionOptions {
  return {
    methods: ["GET"],
    route: `tables/${table.name}/{id}`,
    authLevel: "anonymous",
    handler: signedIn(guard, async (request, owner, context) => {
      const reading = readGetRequest(request.params["id"] ?? "", request.headers);
      if (reading.kind === "problem") return problemAnswer(reading.problem);

      const found = await get(table, owner, reading.id);
      switch (found.kind) {
        case "found":
          return reading.knows(found.row)
            ? notModified(found.row)
            : rowAnswer(request, 200, found.row);
        case "absent":
          return problemAnswer(noSuchRow);
        case "unavailable":
        case "refused":
          return rowStorageFailure(found, context);
      }
    }),
  };
}
