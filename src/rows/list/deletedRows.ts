import type { StorageFailure } from "../../storage/failure.ts";
import type { DeletedRow, DeletedSelection, RowTable } from "../rowTable.ts";

/** How long the mark of a deleted row stays, in milliseconds. */
const retention = 30 * 24 * 60 * 60 * 1_000;

/** How many marks storage returns at once, and how many are removed at once. */
const mostMarks = 1_000;
const mostRemoved = 100;

/** Returns the time before which marks are too old to be shown, as in `updatedAt`. */
function oldest(): string {
  return `${new Date(Date.now() - retention).toISOString().slice(0, -1)}0000Z`;
}

/** Returns the selection without marks that are too old. */
function kept(selection: DeletedSelection): DeletedSelection {
  const from = oldest();
  return selection.from === undefined || selection.from < from ? { ...selection, from } : selection;
}

/** Lists some marks of deleted rows, unless they are too old. */
export function listMarks(table: RowTable, partition: string, selection: DeletedSelection) {
  return table.listDeleted(partition, kept(selection));
}

/** Lists the marks of deleted rows from one time to another. @param most how many are wanted, at least */
export async function listAllMarks(
  table: RowTable,
  partition: string,
  { from, to, most }: { readonly from?: string; readonly to?: string; readonly most: number },
): Promise<{ readonly kind: "marks"; readonly marks: readonly DeletedRow[] } | StorageFailure> {
  const marks: DeletedRow[] = [];
  while (true) {
    const after = marks.at(-1);
    const page = await listMarks(table, partition, {
      limit: mostMarks,
      ...(from !== undefined && { from }),
      ...(to !== undefined && { to }),
      ...(after && { after }),
    });
    if (page.kind !== "page") return page;
    marks.push(...page.rows);
    if (!page.more || marks.length >= most) return { kind: "marks", marks };
  }
}

/**
 * Removes marks that are too old, some of them: there are more pulls.
 *
 * @param from the time from which a pull reads; if marks of that time are not too old, it meets none that is
 */
export async function removeOldMarks(
  table: RowTable,
  partition: string,
  from: string | undefined,
): Promise<{ readonly kind: "done" } | StorageFailure> {
  const to = oldest();
  if (from !== undefined && from >= to) return { kind: "done" };
  const page = await table.listDeleted(partition, { to, limit: mostRemoved });
  return page.kind === "page" ? table.removeMarks(partition, page.rows) : page;
}
