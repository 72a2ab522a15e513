import { type StorageFailure, storageFailure } from "../storage/failure.ts";
import type { StorageClients } from "../storage/storageAccount.ts";
import { isAbout } from "./announcement.ts";
import { walkPoisonQueue } from "./azurePoisonQueue.ts";

/**
 * Deletes what is a user's from the poison queue.
 *
 * @param end when to stop, in milliseconds since 1970
 * @returns `more` if some of the queue was not seen
 */
export type ClearPoison = (
  userDigest: string,
  end: number,
) => Promise<{ readonly kind: "done" | "more" } | StorageFailure>;

export function createClearPoison(storage: StorageClients): ClearPoison {
  return async (userDigest, end) => {
    const signal = AbortSignal.timeout(Math.max(0, end - Date.now()));
    try {
      const { unseen } = await walkPoisonQueue(
        storage,
        async ({ intent }) =>
          intent !== undefined && isAbout(intent.announcement, userDigest) ? "delete" : "keep",
        signal,
      );
      return { kind: unseen === 0 ? "done" : "more" };
    } catch (error) {
      return storageFailure(error);
    }
  };
}
