import { queueName } from "../../src/delivery/azureIntentQueue.ts";
import type { Platform } from "../../src/platforms/platforms.ts";
import type { StorageClients } from "../../src/storage/storageAccount.ts";
import { StorageFailedError, walkForOperator } from "../poisonQueue.ts";
import { faulty, type Step, sound } from "./step.ts";

/** The time limit of one call to storage, in milliseconds. */
const deadline = 10_000;

/**
 * Returns how many notifications wait, about.
 *
 * @throws a StorageFailedError if storage does not say it
 */
export async function countWaiting(storage: StorageClients): Promise<number> {
  const counted = await storage.queue(queueName).count(AbortSignal.timeout(deadline));
  if (counted.kind === "noQueue") return 0;
  if (counted.kind !== "done") throw new StorageFailedError(counted);
  return counted.count;
}

/**
 * Looks whether the notification of a row waits, or was given up.
 *
 * @param waiting how many wait
 * @param intentId of the row; without it, only counts
 * @param mayWait whether that of the row can be one of those that wait
 * @param platforms those of the user's devices: what became of it on others is no cause
 */
export async function lookAtQueues(
  storage: StorageClients,
  waiting: number,
  intentId: string | undefined,
  mayWait: boolean,
  platforms: readonly Platform[],
): Promise<Step> {
  const counted =
    waiting === 0
      ? "No notification waits to be sent."
      : `About ${waiting} ${waiting === 1 ? "notification waits" : "notifications wait"} for the next try. Storage does not show whose.`;
  const own: { readonly reason: string; readonly isUsers: boolean }[] = [];
  const { kept, unseen } = await walkForOperator(storage, async ({ intent, reason }) => {
    if (intentId !== undefined && intent?.intentId === intentId) {
      const isUsers = intent.platforms.some((one) => platforms.includes(one));
      own.push({ reason: `${reason} (for ${intent.platforms.join(", ")})`, isUsers });
    }
    return "keep";
  });
  const says = [
    ...own.map(({ reason }) => `This notification is on the poison queue: ${reason}.`),
    counted,
    kept === 0 ? "None was given up." : `${kept} on the poison queue, given up.`,
    ...(unseen > 0 ? [`Another program looks at ${unseen} more. Try again in 2 minutes.`] : []),
  ];
  const users = own.filter(({ isUsers }) => isUsers);
  if (users.length > 0) {
    const isRefused = users.every(({ reason }) => reason.startsWith("refused by the hub"));
    return faulty("queue", isRefused ? "payloadRefused" : "poisoned", ...says);
  }
  return waiting > 0 && mayWait ? faulty("queue", "waits", ...says) : sound("queue", ...says);
}
