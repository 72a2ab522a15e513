import type { Stamp } from "../delivery/announcedRow.ts";
import type { StorageFailure } from "../storage/failure.ts";
import {
  type Absent,
  type Changed,
  type Deleted,
  type Row,
  type RowTable,
  type RowTables,
  type StoredRow,
  shown,
} from "./rowTable.ts";
import type { NewMembers, Table } from "./table.ts";

/** Why a row was not written. */
export type NotWritten =
  | Absent
  /** The row has none of the versions that the client named. */
  | { readonly kind: "mismatch"; readonly row: Row }
  | StorageFailure;

export type GetRow = (
  table: Table,
  partition: string,
  id: string,
) => Promise<{ readonly kind: "found"; readonly row: Row } | Absent | StorageFailure>;

/** @param versions the row must have one of them; without them, any version is changed */
export type UpdateRow = (
  table: Table,
  partition: string,
  id: string,
  changes: NewMembers,
  versions?: readonly string[],
) => Promise<{ readonly kind: "updated"; readonly row: Row } | NotWritten>;

/** @param versions the row must have one of them; without them, any version is deleted */
export type DeleteRow = (
  table: Table,
  partition: string,
  id: string,
  versions?: readonly string[],
) => Promise<Deleted | NotWritten>;

export function createGetRow(rowTables: RowTables): GetRow {
  return async (table, partition, id) => {
    const found = await rowTables(table).get(partition, id);
    return found.kind === "found" ? { kind: "found", row: shown(found.row) } : found;
  };
}

/** Changes the members that the client sent. Other members keep what concurrent requests write into them. */
export function createUpdateRow(rowTables: RowTables): UpdateRow {
  return async (table, partition, id, members, versions) => {
    const rows = rowTables(table);
    const changes = { members, writtenAt: new Date().toISOString() };
    const unchanged = Object.keys(members).length === 0;
    /** Returns a row as this request has written it. */
    const written = (row: StoredRow, { version, updatedAt }: Stamp) =>
      shown({ ...row, members: { ...row.members, ...members }, version, updatedAt });
    if (versions !== undefined) {
      return writeIfVersionMatches(rows, partition, id, versions, async (row) => {
        if (unchanged) return { kind: "updated", row: shown(row) };
        const updated = await rows.update(partition, id, changes, row.version);
        if (updated.kind !== "updated") return updated;
        return { kind: "updated", row: written(row, updated) };
      });
    }

    const updated = unchanged ? undefined : await rows.update(partition, id, changes);
    // Not reached: without a version, every version is written over.
    if (updated?.kind === "changed") return { kind: "unavailable" };
    if (updated !== undefined && updated.kind !== "updated") return updated;
    const found = await rows.get(partition, id);
    if (found.kind !== "found") return found;
    // Another request may have written since. The response shows what this one wrote, under its version.
    return {
      kind: "updated",
      row: updated ? written(found.row, updated) : shown(found.row),
    };
  };
}

export function createDeleteRow(rowTables: RowTables): DeleteRow {
  return async (table, partition, id, versions) => {
    const rows = rowTables(table);
    if (versions !== undefined) {
      return writeIfVersionMatches(rows, partition, id, versions, ({ version }) =>
        rows.delete(partition, id, version),
      );
    }
    const deleted = await rows.delete(partition, id);
    // Not reached: without a version the deletion is unconditional.
    return deleted.kind === "changed" ? { kind: "unavailable" } : deleted;
  };
}

/**
 * Reads a row and, if it has one of these versions, writes on the condition that it still has that version.
 *
 * The loop ends, because a row never gets a version back: each round that meets a change uses one up.
 */
async function writeIfVersionMatches<Written extends { readonly kind: "updated" | "deleted" }>(
  rows: RowTable,
  partition: string,
  id: string,
  versions: readonly string[],
  write: (row: StoredRow) => Promise<Written | Absent | Changed | StorageFailure>,
): Promise<Written | NotWritten> {
  while (true) {
    const found = await rows.get(partition, id);
    if (found.kind !== "found") return found;
    if (!versions.includes(found.row.version)) return { kind: "mismatch", row: shown(found.row) };
    const written = await write(found.row);
    if (written.kind !== "changed") return written;
  }
}
