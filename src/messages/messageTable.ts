import type { AnnouncedColumns, AnnouncedTable } from "../delivery/announcedRow.ts";
import type { Platform } from "../platforms/platforms.ts";

export const tableName = "Notification";

/**
 * A row of the table of messages. It has neither the message's title, text and data nor the user's id, so that nothing of
 * a user remains in it but a digest. For each platform it has a column with what became of the message there, once it is
 * finished: see `messageState.ts`.
 */
export interface MessageRow extends AnnouncedColumns, Partial<Readonly<Record<Platform, string>>> {
  /** In ISO 8601. */
  readonly createdAt: string;
  /** As of `nameOf` in `delivery/audience.ts`. */
  readonly audience: string;
  /** The platforms that it is for, with commas between them. */
  readonly platforms: string;
  /** When the last result was recorded, in ISO 8601. */
  readonly finishedAt?: string;
  /** How often it was opened: see `openings.ts`. */
  readonly opened?: number;
}

export type MessageTable = AnnouncedTable<MessageRow>;

/** Returns the partition of a message's row. Each message has its own, so that the table has no hot one. */
export function partitionOf(id: string): string {
  return id;
}
