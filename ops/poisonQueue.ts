import {
  type PoisonedMessage,
  type Walk,
  walkPoisonQueue,
} from "../src/delivery/azurePoisonQueue.ts";
import type { StorageClients } from "../src/storage/storageAccount.ts";

/** Walks over the poison queue for an operator. After Ctrl-C, what was kept is shown again, and the program ends. */
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
  return walk;
}
