import type { Platform } from "../hub/platform.ts";
import type { Intent, IntentQueue } from "./intentQueue.ts";

/**
 * Puts an intent on the poison queue for the platforms for which the hub refuses its payload, so that an
 * operator can see and redrive it.
 *
 * @returns these platforms, or none if the queue did not take it: they are then to be tried again
 */
export async function poisonRefused(
  queue: Pick<IntentQueue, "poison">,
  intent: Intent,
  refused: readonly Platform[],
): Promise<readonly Platform[]> {
  if (refused.length === 0) return [];
  const { kind } = await queue.poison("refused by the hub", { ...intent, platforms: [...refused] });
  return kind === "done" ? refused : [];
}
