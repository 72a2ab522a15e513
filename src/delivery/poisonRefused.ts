import type { Platform } from "../hub/platform.ts";
import { type Intent, messageOf } from "./intent.ts";
import type { IntentQueue } from "./intentQueue.ts";
import type { PlatformResult } from "./platformResult.ts";

/**
 * Puts an intent on the poison queue for the platforms for which the hub refuses its payload, so that an
 * operator can see and redrive it.
 *
 * @returns the results of these platforms, or none if the queue did not take it: they are then to be tried again
 */
export async function poisonRefused(
  queue: Pick<IntentQueue, "poison">,
  intent: Intent,
  refused: readonly Platform[],
): Promise<readonly PlatformResult[]> {
  if (refused.length === 0) return [];
  const message = messageOf({ ...intent, platforms: refused, results: [] });
  const { kind } = await queue.poison("refused by the hub", message);
  return kind === "done" ? refused.map((platform) => ({ platform, kind: "refused" })) : [];
}
