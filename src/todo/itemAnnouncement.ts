import type { Announcement } from "../delivery/announcement.ts";
import { tableName } from "./todoTable.ts";

/** Returns the announcement of a new item to its owner's devices. @param title of the notification */
export function announcementOf(
  title: string,
  userDigest: string,
  { id, text }: { readonly id: string; readonly text: string },
): Announcement {
  return {
    audience: { kind: "user", digest: userDigest },
    source: { table: tableName, partition: userDigest, rowId: id },
    title,
    text,
    data: { todoItemId: id },
  };
}
