import type { StorageQueueFunctionOptions } from "@azure/functions";
import * as v from "valibot";
import type { Redeliver } from "../delivery/redeliver.ts";

/** The trigger's metadata of a message. */
const metadata = v.object({ id: v.string(), popReceipt: v.string(), dequeueCount: v.number() });

/** Delivers the notification that an insert left on the queue. */
export function redeliverNotification(
  queueName: string,
  redeliver: Redeliver,
): StorageQueueFunctionOptions {
  return {
    queueName,
    connection: "AzureWebJobsStorage",
    handler: async (content, context) => {
      const { id, popReceipt, dequeueCount } = v.parse(metadata, context.triggerMetadata);
      await redeliver({ content, messageId: id, popReceipt, dequeueCount }, context);
    },
  };
}
