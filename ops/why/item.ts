import type { TableClient } from "@azure/data-tables";
import { isSilent } from "../../src/rows/rowAnnouncement.ts";
import { isAbsent } from "../../src/storage/failure.ts";
import type { StorageClients } from "../../src/storage/storageAccount.ts";
import { faulty, type Step, sound } from "./step.ts";

/** The time limit of one call to storage. A query over all users may take long. */
const within = () => ({ abortSignal: AbortSignal.timeout(30_000) });

interface Look {
  readonly step: Step;
  /** The id of the intent that announced the item. */
  readonly intentId?: string;
  /** Whether the item is so new that its notification may wait. */
  readonly mayWait?: boolean;
}

/** How long a notification waits at most, in milliseconds, with an hour for the last attempt. */
const longestWait = 25 * 60 * 60 * 1_000;

/** Returns whether a row is so new that its notification may wait. */
export function mayWait(createdAt: string | undefined): boolean {
  return Date.now() - Date.parse(createdAt ?? "") < longestWait;
}

/** Looks whether a user has an item. If not, looks whether another user has. */
export async function lookAtItem(
  storage: StorageClients,
  tableName: string,
  userDigest: string,
  id: string,
): Promise<Look> {
  const table = storage.table(tableName, { retryOptions: { maxRetries: 1 } });
  const row = await table
    .getEntity<{ intentId?: string; createdAt?: string; isDeleted?: boolean }>(
      ...([userDigest, id, within()] as const),
    )
    .catch(absent);
  if (row !== undefined && row.isDeleted !== true) {
    const { intentId, createdAt } = row;
    if (isSilent(intentId)) {
      const says = `The item is there, from ${createdAt}. The table ${tableName} announces nothing of it.`;
      return { step: faulty("item", "notAnnounced", says) };
    }
    const step = sound("item", `The item is there, from ${createdAt}. Its intent is ${intentId}.`);
    return { step, mayWait: mayWait(createdAt), ...(intentId !== undefined && { intentId }) };
  }
  return (await isOfAnother(table, id))
    ? { step: faulty("item", "itemOfAnother", "Another user has an item with this id.") }
    : { step: faulty("item", "itemAbsent", "No user has an item with this id.") };
}

async function isOfAnother(table: TableClient, id: string): Promise<boolean> {
  const queryOptions = { filter: `RowKey eq '${id}'`, select: ["PartitionKey", "isDeleted"] };
  try {
    const found = table.listEntities<{ isDeleted?: boolean }>({ queryOptions, ...within() });
    for await (const { isDeleted } of found) if (isDeleted !== true) return true;
  } catch (error) {
    absent(error);
  }
  return false;
}

/** @throws the error, unless it says that there is no such row or table */
function absent(error: unknown): undefined {
  if (!isAbsent(error)) throw error;
}
