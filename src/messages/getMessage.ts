import type { StorageFailure } from "../storage/failure.ts";
import type { CountDevices } from "./azureDeviceCounts.ts";
import { type Message, messageIn } from "./messageState.ts";
import { type MessageTable, partitionOf } from "./messageTable.ts";

export type GetMessage = (
  id: string,
) => Promise<
  | { readonly kind: "found"; readonly message: Message }
  | { readonly kind: "absent" }
  | StorageFailure
>;

/** @param countDevices as of {@link CountDevices} */
export function createGetMessage(table: MessageTable, countDevices: CountDevices): GetMessage {
  return async (id) => {
    const found = await table.get(partitionOf(id), id);
    if (found.kind !== "found") return found;
    const message = messageIn(found.row);
    const { notificationIds } = message;
    if (notificationIds === undefined) return { kind: "found", message };
    const devices = await countDevices(notificationIds);
    return {
      kind: "found",
      message: { ...message, ...(Object.keys(devices).length > 0 && { devices }) },
    };
  };
}
