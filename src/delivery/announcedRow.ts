import { createHash } from "node:crypto";
import type { StorageFailure } from "../storage/failure.ts";
import type { Write } from "./announceInsert.ts";

/** The columns that announcing needs in a row, beside those of its table. */
export interface AnnouncedColumns {
  readonly id: string;
  /** A digest of what the client inserted. It distinguishes a repeated insert from a different one. */
  readonly contentDigest: string;
  /** The id of the intent that announced the insert. */
  readonly intentId: string;
}

/** What storage gives a row with each write. */
export interface Stamp {
  /** Changes with every write. */
  readonly version: string;
  /** Storage's own time of the write: UTC with seven digits of a second. Within a partition it grows with every write. */
  readonly updatedAt: string;
}

/** What a table must be able to do so that its inserts can be announced. */
export interface AnnouncedTable<Row extends AnnouncedColumns> {
  /**
   * Inserts a row, in one try of at most 5 s. If the table is missing, creates it and tries once more.
   *
   * @param latest the time (as of `Date.now`) after which no try may begin
   */
  insert(
    partition: string,
    row: Row,
    latest: number,
  ): Promise<
    ({ readonly kind: "inserted" } & Stamp) | { readonly kind: "exists" } | StorageFailure
  >;
  get(
    partition: string,
    id: string,
  ): Promise<
    | { readonly kind: "found"; readonly row: Row & Stamp }
    | { readonly kind: "absent" }
    | StorageFailure
  >;
}

export type RowInsertion<Row> =
  | { readonly kind: "inserted"; readonly row: Row & Stamp }
  /** Another row has this id. */
  | { readonly kind: "conflict"; readonly row: Row & Stamp }
  | StorageFailure;

/**
 * Inserts a row that an intent announces. A repeated insert with the same id and content finds the row of the first.
 *
 * @param content what the client inserted, in each form in which it may have been inserted before: the first is today's,
 * whose digest becomes a column; `isIn` returns whether it is what a row holds that no one has changed
 * @param rowOf returns the row, given the digest
 * @param latest as of {@link AnnouncedTable.insert}
 */
export async function insertAnnouncedRow<Row extends AnnouncedColumns>(
  table: AnnouncedTable<Row>,
  partition: string,
  content: {
    readonly today: object;
    readonly earlier?: () => Iterable<object>;
    readonly isIn?: (existing: Row) => boolean;
  },
  rowOf: (contentDigest: string) => Row,
  latest: number,
): Promise<Write<RowInsertion<Row>>> {
  const row = rowOf(digestOf(content.today));
  const inserted = await table.insert(partition, row, latest);
  if (inserted.kind === "inserted") {
    const { version, updatedAt } = inserted;
    const answer = { kind: "inserted", row: { ...row, version, updatedAt } } as const;
    return { kind: "written", answer };
  }
  if (inserted.kind === "refused") return { kind: "notWritten", answer: inserted };
  if (inserted.kind === "unavailable") return { kind: "unknown", answer: inserted };

  const existing = await table.get(partition, row.id);
  // If the row has been deleted since, the client can retry.
  if (existing.kind !== "found") return { kind: "unknown", answer: { kind: "unavailable" } };
  const answer = { kind: "inserted", row: existing.row } as const;
  if (existing.row.intentId === row.intentId) return { kind: "written", answer };
  const { contentDigest } = existing.row;
  return contentDigest === row.contentDigest ||
    content.isIn?.(existing.row) ||
    hasDigest(content.earlier?.(), contentDigest)
    ? { kind: "notWritten", answer }
    : { kind: "notWritten", answer: { kind: "conflict", row: existing.row } };
}

function digestOf(content: object): string {
  return createHash("sha256").update(JSON.stringify(content)).digest("hex");
}

function hasDigest(forms: Iterable<object> = [], digest: string): boolean {
  for (const form of forms) if (digestOf(form) === digest) return true;
  return false;
}
