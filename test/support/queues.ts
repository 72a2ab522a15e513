import { QueueServiceClient, RestError } from "@azure/storage-queue";

/** A stack, or the part of it that these functions need. */
interface WithStorage {
  readonly addresses: { readonly storage: string };
}

/** Returns the official client for one of the stack's queues. */
export function queueOf(
  { addresses }: WithStorage,
  name: "notifications" | "notifications-poison",
) {
  return QueueServiceClient.fromConnectionString(addresses.storage).getQueueClient(name);
}

/** Returns the number of messages on a queue, visible or not; 0 if the queue is missing. */
export async function queueLength(
  stack: WithStorage,
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
  stack: WithStorage,
  name: "notifications" | "notifications-poison",
  message: unknown,
): Promise<void> {
  const queue = queueOf(stack, name);
  await queue.createIfNotExists();
  const text = typeof message === "string" ? message : JSON.stringify(message);
  await queue.sendMessage(Buffer.from(text).toString("base64"));
}

/** Returns the texts of the first 32 messages on the poison queue. */
export async function poisonOf(stack: WithStorage): Promise<string[]> {
  try {
    const queue = queueOf(stack, "notifications-poison");
    const { peekedMessageItems } = await queue.peekMessages({ numberOfMessages: 32 });
    return peekedMessageItems.map(({ messageText }) =>
      Buffer.from(messageText, "base64").toString(),
    );
  } catch (error) {
    if (error instanceof RestError && error.statusCode === 404) return [];
    throw error;
  }
}

/** Deletes every message of every queue. */
export async function emptyQueues({ addresses }: WithStorage): Promise<void> {
  const service = QueueServiceClient.fromConnectionString(addresses.storage);
  for await (const { name } of service.listQueues()) {
    await service.getQueueClient(name).clearMessages();
  }
}
