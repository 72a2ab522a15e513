import type { StorageFailure } from "../storage/failure.ts";
import type { RowTable } from "./rowTable.ts";

/** How many rows are read, and how many deleted, at once. */
const pageSize = 100;
const atOnce = 20;

/**
 * How far clocks of instances may differ, in milliseconds. A row that is newer than the deletion by more was not inserted
 * meanwhile: its time is wrong.
 */
const clockDifference = 60_000;

/**
 * Deletes a user's rows of a table, and the marks of rows that were deleted before.
 *
 * @param began leaves what is inserted after it, in milliseconds since 1970
 * @param end the time after which no page is begun
 * @returns `more` if there were more than fit in the time, or some changed or were inserted meanwhile
 */
export type ForgetRows = (
  partition: string,
  began: number,
  end: number,
) => Promise<{ readonly kind: "done" | "more" } | StorageFailure>;

export function createForgetRows(table: RowTable): ForgetRows {
  return async (partition, began, end) => {
    let isLeft = false;
    for (let after: string | undefined; ; ) {
      const selection = { limit: pageSize, ...(after !== undefined && { after }) };
      const page = await table.list(partition, selection);
      if (page.kind !== "page") return page;
      const left = page.rows.filter(({ createdAt }) => {
        const later = Date.parse(createdAt) - began;
        return later > 0 && later <= clockDifference;
      });
      // A deletion that is under way may write its mark behind this.
      isLeft ||= left.length > 0 || page.deleted.length > 0;
      const old = [...page.rows.filter((row) => !left.includes(row)), ...page.deleted];
      for (let first = 0; first < old.length; first += atOnce) {
        const deletions = await Promise.all(
          old
            .slice(first, first + atOnce)
            .map(({ id, version }) => table.remove(partition, id, version)),
        );
        for (const deletion of deletions) {
          if (deletion.kind === "unavailable" || deletion.kind === "refused") return deletion;
          // A row that its owner changes now is deleted at the next call.
          isLeft ||= deletion.kind === "changed";
        }
      }
      after = page.last;
      if (!page.more || after === undefined) break;
      if (Date.now() > end) return { kind: "more" };
    }
    for (;;) {
      const page = await table.listDeleted(partition, { limit: pageSize });
      if (page.kind !== "page") return page;
      const removed = await table.removeMarks(partition, page.rows);
      if (removed.kind !== "done") return removed;
      if (!page.more) return { kind: isLeft ? "more" : "done" };
      if (Date.now() > end) return { kind: "more" };
    }
  };
}
