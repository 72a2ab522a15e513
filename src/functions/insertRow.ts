import type { HttpFunctionOptions } from "@azure/functions";
import { type Guard, signedIn } from "../auth/signedIn.ts";
import type { AnnounceInsert } from "../delivery/announceInsert.ts";
import type { TooLarge } from "../delivery/announcement.ts";
import { readJsonBody } from "../http/jsonBody.ts";
import { problemAnswer } from "../http/problem.ts";
import type { InsertRow } from "../rows/insertRow.ts";
import { announcementOf, silentIntentId } from "../rows/rowAnnouncement.ts";
import { idTakenAnswer, rowAnswer, rowStorageFailure } from "../rows/rowAnswer.ts";
import { readNewRow } from "../rows/rowBody.ts";
import type { Table } from "../rows/table.ts";

/**
 * `insertTodoItem`, and the like of every table: stores a row for the caller and announces it on the caller's devices.
 *
 * @param usualTitle of a notification whose table gives none
 */
export function insertRow(
  table: Table,
  guard: Guard,
  insert: InsertRow,
  announceInsert: AnnounceInsert,
  usualTitle: string,
  tooLarge: TooLarge,
): HttpFunctionOptions {
  return {
    methods: ["POST"],
    route: `tables/${table.name}`,
    authLevel: "anonymous",
    handler: signedIn(guard, async (request, owner, context) => {
      const body = await readJsonBody(request);
      if (body.kind === "problem") return problemAnswer(body.problem);
      const reading = readNewRow(table, body.value);
      if (reading.kind === "problem") return problemAnswer(reading.problem);
      const { row } = reading;
      const said = announcementOf(table, usualTitle, owner, row, tooLarge);
      if (said.kind === "problem") return problemAnswer(said.problem);

      const insertion =
        said.kind === "silent"
          ? (await insert(table, owner, row, silentIntentId(), Number.POSITIVE_INFINITY)).answer
          : await announceInsert(
              said.announcement,
              (intentId, latest) => insert(table, owner, row, intentId, latest),
              context.invocationId,
            );
      switch (insertion.kind) {
        case "inserted": {
          const Location = `/tables/${table.name}/${insertion.row.id}`;
          return rowAnswer(request, 201, insertion.row, { Location });
        }
        case "conflict":
          return idTakenAnswer(request, insertion.row);
        case "unavailable":
        case "refused":
          return rowStorageFailure(insertion, context);
      }
    }),
  };
}
