import { boolean, text } from "../rows/memberKinds.ts";
import { defineTable } from "../rows/table.ts";

/** The to-do list of the tutorial. */
export const todoItem = defineTable("TodoItem", {
  members: {
    text: text({ longest: 10_000 }),
    complete: boolean({ default: false }),
  },
  // Clients of sibling tutorials send them.
  ignored: ["channel", "deviceToken"],
  example: { text: "Buy milk" },
  softDelete: true,
  announceInsert: (item) => ({ text: item.text, data: { todoItemId: item.id } }),
});
