import type { StorageFailure } from "../storage/failure.ts";
import type { StorageClients } from "../storage/storageAccount.ts";
import { isAbout } from "./announcement.ts";
import { walkPoisonQueue } from "./azurePoisonQueue.ts";

/** The most messages that one call looks at, which takes some seconds. */
const mostSeen = 1_000;

/**
 * Deletes what is a user's from the poison queue.
 *
 * @param seen how many messages the calls before have seen and kept, which are still invisible: a queue that takes longer
 * than 2 minutes to see shows them again, and what they hide may then be missed
 * @returns `more` if some of the queue was not seen, with the number for the next call
 */
export type ClearPoison = (
  userDigest: string,
  seen: number,
) => Promise<
  { readonly kind: "done" } | { readonly kind: "more"; readonly seen: number } | StorageFailure
>;

/** @param most the most messages that one call looks at */
export function createClearPoison(
  storage: Pick<StorageClients, "queue">,
  most = mostSeen,
): ClearPoison {
  return async (userDigest, seen) => {
    const walk = await walkPoisonQueue(
      storage,
      async ({ intent }) =>
        intent !== undefined && isAbout(intent.announcement, userDigest) ? "delete" : "keep",
      new AbortController().signal,
      most,
    );
    if (walk.kind !== "done") return walk;
    const { kept, unseen, isCut } = walk;
    if (isCut) return { kind: "more", seen: seen + kept };
    return unseen <= seen ? { kind: "done" } : { kind: "more", seen };
  };
}
