import type { StorageFailure } from "../storage/failure.ts";
import { type Intent, messageOf } from "./intent.ts";
import type { IntentQueue } from "./intentQueue.ts";
import type { IsForgotten } from "./isForgotten.ts";

/** Puts an intent on the poison queue, so that an operator can see and redrive it. */
export type PoisonIntent = (
  reason: string,
  intent: Intent,
) => Promise<{ readonly kind: "done" } | StorageFailure>;

/**
 * Creates a {@link PoisonIntent}. What is to a user who is forgotten does not stay there: forgetting looks for it after it
 * has written its mark, and this looks for the mark after it has put the message, so that one of the two sees the other.
 */
export function createPoisonIntent(
  queue: Pick<IntentQueue, "poison" | "removePoisoned">,
  isForgotten: IsForgotten,
): PoisonIntent {
  return async (reason, intent) => {
    const poisoned = await queue.poison(reason, messageOf(intent));
    if (poisoned.kind !== "done") return poisoned;
    const { audience } = intent.announcement;
    if (audience.kind === "user") {
      const forgotten = await isForgotten(audience.digest, Date.parse(intent.createdAt));
      if (forgotten.kind === "done" && forgotten.value) {
        await queue.removePoisoned(poisoned.receipt);
      }
    }
    return { kind: "done" };
  };
}
