import { QueueServiceClient, RestError } from "@azure/storage-queue";
import type { TestStack } from "./testStack.ts";

/** Returns a client for one of the stack's queues. */
function queueOf({ addresses }: TestStack, name: "notifications" | "notifications-poison") {
  return QueueServiceClient.fromConnectionString(addresses.storage).getQueueClient(name);
}

/** Returns the number of messages on a queue, visible or not; 0 if the queue is missing. */
export async function queueLength(
  stack: TestStack,
  name: "notifications" | "notifications-poison",
): Promise<number> {
  try {
    return (await queueOf(stack, name).getProperties()).approximateMessagesCount ?? 0;
  } catch (error) {
    if (error instanceof RestError && error.statusCode === 404) return 0;
    throw error;
  }
}

/** Puts a message on a queue, as the app does. Creates the queue if it is missing. */
export async function putMessage(
  stack: TestStack,
  name: "notifications" | "notifications-poison",
  message: unknown,
): Promise<void> {
  const queue = queueOf(stack, name);
  await queue.createIfNotExists();
  const text = typeof message === "string" ? message : JSON.stringify(message);
  await queue.sendMessage(Buffer.from(text).toString("base64"));
}
