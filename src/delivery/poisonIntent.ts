import type { StorageFailure } from "../storage/failure.ts";
import { type Intent, messageOf } from "./intent.ts";
import type { IntentQueue } from "./intentQueue.ts";
import type { IsForgotten } from "./isForgotten.ts";

/** Puts an intent on the poison queue, so that an operator can see and redrive it. */
export type PoisonIntent = (
  reason: string,
  intent: Intent,
) => Promise<{ readonly kind: "done" } | StorageFailure>;

/** How long a message is invisible at most while the mark of its user is read, in seconds: longer than the read may take. */
const hidden = 20;

/**
 * Creates a {@link PoisonIntent}. What is to a user who is forgotten does not stay there: forgetting looks for it after it
 * has written its mark, and this looks for the mark after it has put the message, so that one of the two sees the other.
 * Until then the message is invisible, so that no one else can hold it. If this process ends meanwhile, forgetting is not
 * done before it has seen the message.
 */
export function createPoisonIntent(
  queue: Pick<IntentQueue, "poison" | "showPoisoned" | "removePoisoned">,
  isForgotten: IsForgotten,
): PoisonIntent {
  return async (reason, intent) => {
    const { audience } = intent.announcement;
    if (audience.kind !== "user") return queue.poison(reason, messageOf(intent));
    const poisoned = await queue.poison(reason, messageOf(intent), hidden);
    if (poisoned.kind !== "done") return poisoned;
    const forgotten = await isForgotten(audience.digest, Date.parse(intent.createdAt));
    if (forgotten.kind !== "done" || !forgotten.value) {
      // If this fails, it becomes visible by itself. A mark that cannot be read does not keep an intent from being given up.
      await queue.showPoisoned(poisoned.receipt);
      return { kind: "done" };
    }
    const removed = await queue.removePoisoned(poisoned.receipt);
    return removed.kind === "done" || removed.kind === "gone"
      ? { kind: "done" }
      : { kind: "unavailable" };
  };
}
