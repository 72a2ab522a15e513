import type { Announcement } from "../delivery/announcement.ts";
import { tableName } from "./todoTable.ts";

/** Returns the announcement of a new item to its owner's devices. */
export function announcementOf(
  userDigest: string,
  { id, text }: { readonly id: string; readonly text: string },
): Announcement {
  return {
    audience: { kind: "user", digest: userDigest },
    source: { table: tableName, partition: userDigest, rowId: id },
    title: "New item added:",
    text,
    data: { todoItemId: id },
  };
}
