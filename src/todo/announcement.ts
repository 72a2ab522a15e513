import type { Announcement } from "../delivery/announcement.ts";
import type { TodoItem } from "./todoItem.ts";

/** What its owner's devices are told about a new item. */
export function announcementOf(userDigest: string, { id, text }: TodoItem): Announcement {
  return { userDigest, rowId: id, title: "New item added:", text, data: { todoItemId: id } };
}
