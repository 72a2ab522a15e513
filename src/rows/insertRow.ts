import { insertAnnouncedRow } from "../delivery/announcedRow.ts";
import type { Write } from "../delivery/announceInsert.ts";
import type { StorageFailure } from "../storage/failure.ts";
import type { NewRow } from "./rowBody.ts";
import { type Row, type RowTables, shown } from "./rowTable.ts";
import type { NewMembers, Table } from "./table.ts";

export type Insertion =
  | { readonly kind: "inserted"; readonly row: Row }
  /** Another row has this id. */
  | { readonly kind: "conflict"; readonly row: Row }
  | StorageFailure;

/**
 * Inserts a row with the id of the intent that announces it.
 *
 * @param latest the time (as of `Date.now`) after which the insert must not begin
 */
export type InsertRow = (
  table: Table,
  partition: string,
  row: NewRow,
  intentId: string,
  latest: number,
) => Promise<Write<Insertion>>;

/** Inserts rows. A repeated insert with the same id and content returns the existing row. */
export function createInsertRow(rowTables: RowTables): InsertRow {
  return async (table, partition, { id, members }, intentId, latest) => {
    const now = new Date().toISOString();
    const { kind, answer } = await insertAnnouncedRow(
      rowTables(table),
      partition,
      {
        today: { id, ...withoutNulls(members) },
        earlier: () => earlierForms(table, id, members),
        // Whatever was removed from the definition since, or stands in another order.
        isIn: (existing) =>
          existing.createdAt === existing.writtenAt &&
          Object.entries(members).every(([name, value]) => existing.members[name] === value),
      },
      (contentDigest) => ({
        ...{ id, members, createdAt: now, writtenAt: now, intentId, contentDigest },
      }),
      latest,
    );
    if (answer.kind !== "inserted" && answer.kind !== "conflict") return { kind, answer };
    return { kind, answer: { kind: answer.kind, row: shown(answer.row) } };
  };
}

/** Members that are null are no content, so that to add an optional member changes no digest. */
function withoutNulls(members: NewMembers): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null));
}

/** The most members with a default that may have been added since a row was inserted. */
const mostAdded = 10;

/**
 * Returns the forms in which the same content may have been inserted under earlier definitions: each without some of the
 * members that have their defaults, because they may have been added since.
 */
function* earlierForms({ members: all }: Table, id: string, members: NewMembers) {
  const content = { id, ...withoutNulls(members) };
  const added = [...all]
    .filter(([name, { absent }]) => absent.kind === "value" && members[name] === absent.value)
    .map(([name]) => name)
    .filter((name) => name in content)
    .slice(-mostAdded);
  for (let some = 1; some < 2 ** added.length; some++) {
    const left = new Set(added.filter((_, index) => (some >> index) % 2 === 1));
    yield Object.fromEntries(Object.entries(content).filter(([name]) => !left.has(name)));
  }
}
