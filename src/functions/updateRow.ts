import type { HttpFunctionOptions } from "@azure/functions";
import { type Guard, signedIn } from "../auth/signedIn.ts";
import { readJsonBody } from "../http/jsonBody.ts";
import { problemAnswer } from "../http/problem.ts";
import type { UpdateRow } from "../rows/existingRow.ts";
import { nothingToUpdate, rowAnswer, rowStorageFailure } from "../rows/rowAnswer.ts";
import { readUpdateRequest } from "../rows/rowRequest.ts";
import type { Table } from "../rows/table.ts";

/** `updateTodoItem`, and the like of every table: changes members of one of the caller's rows. */
export function updateRow(table: Table, guard: Guard, update: UpdateRow): HttpFunctionOptions {
  return {
    methods: ["PATCH"],
    route: `tables/${table.name}/{id}`,
    authLevel: "anonymous",
    handler: signedIn(guard, async (request, owner, context) => {
      const body = await readJsonBody(request);
      if (body.kind === "problem") return problemAnswer(body.problem);
      const path = request.params["id"] ?? "";
      const reading = readUpdateRequest(table, path, request.headers, body.value);
      if (reading.kind === "problem") return problemAnswer(reading.problem);

      const { id, changes, versions } = reading;
      const updated = await update(table, owner, id, changes, versions);
      switch (updated.kind) {
        case "updated":
          return rowAnswer(request, 200, updated.row);
        case "mismatch":
          return rowAnswer(request, 412, updated.row);
        case "absent":
          return nothingToUpdate(request);
        case "unavailable":
        case "refused":
          return rowStorageFailure(updated, context);
      }
    }),
  };
}
