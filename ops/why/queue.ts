import { RestError } from "@azure/storage-queue";
import { queueName } from "../../src/delivery/azureIntentQueue.ts";
import type { StorageClients } from "../../src/storage/storageAccount.ts";
import { walkPoisonQueue } from "../poisonQueue.ts";
import { faulty, type Step, sound } from "./step.ts";

/**
 * Looks how many notifications wait, and whether that of a row was given up.
 *
 * @param intentId of the row; without it, only counts
 * @param mayWait whether that of the row can be one of those that wait
 */
export async function lookAtQueues(
  storage: StorageClients,
  intentId: string | undefined,
  mayWait = false,
): Promise<Step> {
  const waiting = await waitingOn(storage);
  const counted =
    `About ${waiting} on the queue ${queueName}. ` +
    "Those that are put off are invisible, so this program cannot tell whose they are.";
  const reasons: string[] = [];
  const walk = await walkPoisonQueue(storage, async ({ intent, reason }) => {
    if (intentId !== undefined && intent?.intentId === intentId) {
      reasons.push(`${reason} (for ${intent.platforms.join(", ")})`);
    }
    return "keep";
  });
  const poisoned = `${walk.kept} on the poison queue.`;
  if (reasons.length === 0) {
    return waiting === 0 || !mayWait
      ? sound("queue", counted, poisoned)
      : faulty("queue", "waits", counted, poisoned);
  }
  const cause = reasons.every((reason) => reason.startsWith("refused by the hub"))
    ? "payloadRefused"
    : "poisoned";
  const own = reasons.map((reason) => `This notification is on the poison queue: ${reason}.`);
  return faulty("queue", cause, ...own, counted, poisoned);
}

async function waitingOn(storage: StorageClients): Promise<number> {
  try {
    const queue = storage.queues({ retryOptions: { maxTries: 2 } }).getQueueClient(queueName);
    return (await queue.getProperties()).approximateMessagesCount ?? 0;
  } catch (error) {
    if (error instanceof RestError && error.code === "QueueNotFound") return 0;
    throw error;
  }
}
