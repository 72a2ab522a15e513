import { insertAnnouncedRow, type RowInsertion } from "../delivery/announcedRow.ts";
import type { Write } from "../delivery/announceInsert.ts";
import { nameOf } from "../delivery/audience.ts";
import type { Platform } from "../platforms/platforms.ts";
import type { NewMessage } from "./message.ts";
import { type MessageRow, type MessageTable, partitionOf } from "./messageTable.ts";

/**
 * Inserts a message with the id of the intent that announces it.
 *
 * @param latest the time (as of `Date.now`) after which the insert must not begin
 */
export type InsertMessage = (
  message: NewMessage,
  intentId: string,
  latest: number,
) => Promise<Write<RowInsertion<MessageRow>>>;

/** Inserts messages for these platforms. A repeated insert with the same id and content finds the first. */
export function createInsertMessage(
  table: MessageTable,
  platforms: readonly Platform[],
): InsertMessage {
  return ({ id, to, content: { title, text, data, ...options } }, intentId, latest) => {
    const audience = nameOf(to);
    return insertAnnouncedRow(
      table,
      partitionOf(id),
      { today: { id, audience, title, text, data, ...options } },
      (contentDigest) => ({
        ...{ id, audience, contentDigest, intentId },
        createdAt: new Date().toISOString(),
        platforms: platforms.join(","),
      }),
      latest,
    );
  };
}
