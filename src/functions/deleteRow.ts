import type { HttpFunctionOptions } from "@azure/functions";
import { type Guard, signedIn } from "../auth/signedIn.ts";
import { emptyAnswer } from "../http/answer.ts";
import { problemAnswer } from "../http/problem.ts";
import type { DeleteRow } from "../rows/existingRow.ts";
import { noSuchRow, rowAnswer, rowStorageFailure } from "../rows/rowAnswer.ts";
import { readDeleteRequest } from "../rows/rowRequest.ts";
import type { Table } from "../rows/table.ts";

/** `deleteTodoItem`, and the like of every table: deletes one of the caller's rows. */
export function deleteRow(table: Table, guard: Guard, remove: DeleteRow): HttpFunctionOptions {
  return {
    methods: ["DELETE"],
    route: `tables/${table.name}/{id}`,
    authLevel: "anonymous",
    handler: signedIn(guard, async (request, owner, context) => {
      const reading = readDeleteRequest(request.params["id"] ?? "", request.headers);
      if (reading.kind === "problem") return problemAnswer(reading.problem);

      const deletion = await remove(table, owner, reading.id, reading.versions);
      switch (deletion.kind) {
        case "deleted":
          return emptyAnswer(204);
        case "mismatch":
          return rowAnswer(request, 412, deletion.row);
        case "absent":
          return problemAnswer(noSuchRow);
        case "unavailable":
        case "refused":
          return rowStorageFailure(deletion, context);
      }
    }),
  };
}
