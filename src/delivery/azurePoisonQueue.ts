import * as v from "valibot";
import { withDeadline } from "../http/deadline.ts";
import { parseJson } from "../http/parseJson.ts";
import type { StorageFailure } from "../storage/failure.ts";
import type { QueueMessage } from "../storage/queue.ts";
import type { StorageClients } from "../storage/storageAccount.ts";
import { poisonQueueName } from "./azureIntentQueue.ts";
import { type Intent, readIntent } from "./intent.ts";

/** How long a message stays invisible while it is looked at, in seconds. After a kill, it is shown again then. */
const hold = 2 * 60;

/** The time limit of one call to storage, in milliseconds. */
const deadline = 10_000;

/** How many messages are shown again at once. */
const atOnce = 20;

/** A message that this app moved to the poison queue. The Functions host moves messages unchanged. */
const poisoned = v.object({ reason: v.string(), message: v.unknown() });

/** A message of the poison queue. */
export interface PoisonedMessage {
  readonly messageId: string;
  readonly reason: string;
  /** Absent if the message cannot be read. */
  readonly intent?: Intent;
}

/** How many messages stayed on the queue, and how many were deleted. */
export interface Walk {
  readonly kept: number;
  readonly deleted: number;
  /** About how many were not seen, because another process holds them, for 2 minutes at most. */
  readonly unseen: number;
  /** Whether there are more that are visible. What was kept stays invisible then, so that a further walk goes on after it. */
  readonly isCut: boolean;
}

/** Reads the intent in a message, and the reason why it is on the poison queue. */
function read({ messageId, text }: QueueMessage): PoisonedMessage {
  const content = parseJson(Buffer.from(text, "base64"));
  if (content === undefined) return { messageId, reason: "unreadable" };
  const { reason, message } = v.is(poisoned, content)
    ? content
    : { reason: "given up by the host", message: content };
  const reading = readIntent(message);
  return { messageId, reason, ...(reading.kind === "intent" && { intent: reading.intent }) };
}

/**
 * Looks at each message that is on the poison queue now. A message that comes back to it meanwhile stays there.
 *
 * @param visit returns whether the message is deleted
 * @param end ends the walk if it aborts, as if every message had been seen
 * @param most the most messages to look at; the walk is cut if there are more
 * @returns why storage did not let it finish: what was seen is shown again then
 */
export async function walkPoisonQueue(
  storage: Pick<StorageClients, "queue">,
  visit: (message: PoisonedMessage) => Promise<"keep" | "delete">,
  end: AbortSignal,
  most = Number.POSITIVE_INFINITY,
): Promise<({ readonly kind: "done" } & Walk) | StorageFailure> {
  const poisonQueue = storage.queue(poisonQueueName);
  const counted = await twice((abortSignal) => poisonQueue.count(abortSignal));
  const nothing = { kept: 0, deleted: 0, unseen: 0, isCut: false };
  if (counted.kind === "noQueue") return { kind: "done", ...nothing };
  if (counted.kind !== "done") return counted;
  const { count: total, date: began } = counted;
  const kept = new Map<string, QueueMessage>();
  let deleted = 0;

  /** Returns whether a message came while the queue is walked: it is none of `total`. */
  const isNewer = ({ insertedOn }: QueueMessage) => insertedOn > began;

  async function showAgain(): Promise<void> {
    const all = [...kept.values()];
    for (let first = 0; first < all.length; first += atOnce) {
      await Promise.all(
        all.slice(first, first + atOnce).map((receipt) =>
          // If this fails, the message becomes visible when its hold ends.
          withDeadline(deadline, (abortSignal) =>
            poisonQueue.update(receipt, undefined, 0, abortSignal),
          ),
        ),
      );
    }
  }

  /** @returns whether the walk is cut, or why it could not go on */
  async function walk(): Promise<
    { readonly kind: "done"; readonly isCut: boolean } | StorageFailure
  > {
    // Most of the time it is empty.
    while (total > 0 && !end.aborted) {
      if (kept.size + deleted >= most) return { kind: "done", isCut: true };
      const received = await twice((abortSignal) => poisonQueue.receive(32, hold, abortSignal));
      if (received.kind === "noQueue") break;
      if (received.kind !== "done") return received;
      // A kept message comes again if its hold has ended.
      const fresh = received.messages.filter(({ messageId }) => !kept.has(messageId));
      // If the visit fails, they are shown again too.
      for (const message of received.messages) kept.set(message.messageId, message);
      // Messages come roughly in the order of their insertion: what follows is newer, too.
      if (fresh.every(isNewer)) break;
      for (const message of fresh) {
        if (isNewer(message) || (await visit(read(message))) === "keep") continue;
        const removed = await twice((abortSignal) => poisonQueue.remove(message, abortSignal));
        if (removed.kind !== "done" && removed.kind !== "gone") return heldByAnother(removed);
        kept.delete(message.messageId);
        deleted++;
      }
    }
    return { kind: "done", isCut: false };
  }

  let isCut = false;
  try {
    const walked = await walk();
    if (walked.kind !== "done") return walked;
    ({ isCut } = walked);
  } finally {
    if (!isCut) await showAgain();
  }
  const keptOld = [...kept.values()].filter((message) => !isNewer(message)).length;
  const unseen = Math.max(0, total - keptOld - deleted);
  return { kind: "done", kept: keptOld, deleted, unseen, isCut };
}

/**
 * Makes a call, and once more if its outcome is unknown: a walk of many calls does not end with one connection. What a lost
 * answer hid is unseen.
 */
async function twice<T extends { readonly kind: string }>(
  call: (abortSignal: AbortSignal) => Promise<T>,
): Promise<T> {
  const first = await withDeadline(deadline, call);
  return first.kind === "unavailable" ? withDeadline(deadline, call) : first;
}

/** A message whose hold has ended while it was looked at: the walk is to be repeated. */
function heldByAnother(
  failure: StorageFailure | { readonly kind: "taken" | "noQueue" },
): StorageFailure {
  return { kind: failure.kind === "refused" ? "refused" : "unavailable" };
}
