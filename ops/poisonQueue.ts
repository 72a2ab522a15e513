import {
  type PoisonedMessage,
  type Walk,
  walkPoisonQueue,
} from "../src/delivery/azurePoisonQueue.ts";
import type { StorageFailure } from "../src/storage/failure.ts";
import type { StorageClients } from "../src/storage/storageAccount.ts";

/** The error of a program that storage does not let finish. */
export class StorageFailedError extends Error {
  override readonly name = "StorageFailedError";
  readonly failure: StorageFailure;

  constructor(failure: StorageFailure) {
    const does = failure.kind === "refused" ? "refuses this account or user" : "cannot be reached";
    super(`Storage ${does}. What was looked at is shown again. Try again in 2 minutes.`);
    this.failure = failure;
  }
}

/**
 * Walks over the poison queue for an operator. After Ctrl-C, what was kept is shown again, and the program ends.
 *
 * @throws a StorageFailedError if storage does not let it finish
 */
export async function walkForOperator(
  storage: StorageClients,
  visit: (message: PoisonedMessage) => Promise<"keep" | "delete">,
): Promise<Walk> {
  const interrupted = new AbortController();
  const interrupt = () => interrupted.abort();
  process.once("SIGINT", interrupt);
  const walk = await walkPoisonQueue(storage, visit, interrupted.signal);
  process.off("SIGINT", interrupt);
  if (interrupted.signal.aborted) process.exit(130);
  if (walk.kind !== "done") throw new StorageFailedError(walk);
  return walk;
}
