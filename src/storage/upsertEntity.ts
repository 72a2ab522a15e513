import type { TableClient, TableEntity } from "@azure/data-tables";
import { withDeadline } from "../http/deadline.ts";
import { createdWhereMissing, type StorageFailure, storageFailure } from "./failure.ts";

/**
 * Writes a row, whether it is there or not. Creates the table if it is missing.
 *
 * @param deadline of each call, in milliseconds
 */
export async function upsertEntity(
  table: TableClient,
  entity: TableEntity,
  deadline: number,
): Promise<{ readonly kind: "done" } | StorageFailure> {
  const write = () =>
    withDeadline(deadline, (abortSignal) => table.upsertEntity(entity, "Replace", { abortSignal }));
  try {
    await createdWhereMissing(write, () =>
      withDeadline(deadline, (abortSignal) => table.createTable({ abortSignal })),
    );
    return { kind: "done" };
  } catch (error) {
    return storageFailure(error);
  }
}
