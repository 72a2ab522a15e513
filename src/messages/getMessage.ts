import type { StorageFailure } from "../storage/failure.ts";
import { type Message, messageIn } from "./messageState.ts";
import { type MessageTable, partitionOf } from "./messageTable.ts";

export type GetMessage = (
  id: string,
) => Promise<
  | { readonly kind: "found"; readonly message: Message }
  | { readonly kind: "absent" }
  | StorageFailure
>;

export function createGetMessage(table: MessageTable): GetMessage {
  return async (id) => {
    const found = await table.get(partitionOf(id), id);
    return found.kind === "found" ? { kind: "found", message: messageIn(found.row) } : found;
  };
}
