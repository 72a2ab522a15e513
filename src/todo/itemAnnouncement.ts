import type { Announcement } from "../delivery/announcement.ts";
import { tableName } from "./todoTable.ts";

/** What its owner's devices are told about a new item. */
export function announcementOf(
  userDigest: string,
  { id, text }: { readonly id: string; readonly text: string },
): Announcement {
  return {
    userDigest,
    source: { table: tableName, partition: userDigest, rowId: id },
    title: "New item added:",
    text,
    data: { todoItemId: id },
  };
}
