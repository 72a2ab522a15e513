import type { Platform } from "../platforms/platforms.ts";
import type { Intent } from "./intent.ts";
import type { PlatformResult } from "./platformResult.ts";
import type { PoisonIntent } from "./poisonIntent.ts";

/**
 * Puts an intent on the poison queue for the platforms for which the hub refuses its payload.
 *
 * @returns the results of these platforms, or none if the queue did not take it: they are then to be tried again
 */
export async function poisonRefused(
  poison: PoisonIntent,
  intent: Intent,
  refused: readonly Platform[],
): Promise<readonly PlatformResult[]> {
  if (refused.length === 0) return [];
  const { kind } = await poison("refused by the hub", {
    ...intent,
    platforms: refused,
    results: [],
  });
  return kind === "done" ? refused.map((platform) => ({ platform, kind: "refused" })) : [];
}
