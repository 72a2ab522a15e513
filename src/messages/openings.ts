import type { StorageFailure } from "../storage/failure.ts";

/** Adds to the number of times that a message was opened. It is also `done` if there is no such message. */
export type AddOpened = (
  id: string,
  times: number,
) => Promise<{ readonly kind: "done" } | StorageFailure>;

/** Counts how often messages are opened. */
export interface Openings {
  /** Counts one. It is stored with others, some seconds later. */
  readonly note: (id: string) => void;
  /** Stores what was counted. */
  readonly store: () => Promise<void>;
}

/** How long openings are collected before they are stored, in milliseconds. */
const collecting = 2_000;

/** The most messages whose openings are collected at once. What is opened beyond them is not counted. */
const mostCollected = 10_000;

/**
 * Counts in this process, and writes each message's row once for many openings: after a broadcast, thousands open it within
 * seconds. So the number is rough: what a process has not stored when it is killed is lost, and what a client repeats counts
 * twice.
 */
export function createOpenings(add: AddOpened): Openings {
  const collected = new Map<string, number>();
  let isWaiting = false;

  function collect(id: string, times: number): void {
    if (!collected.has(id) && collected.size >= mostCollected) return;
    collected.set(id, (collected.get(id) ?? 0) + times);
  }

  async function storeAll(): Promise<void> {
    const taken = [...collected];
    collected.clear();
    for (const [id, times] of taken) {
      try {
        const { kind } = await add(id, times);
        if (kind !== "done") collect(id, times);
      } catch {
        // A number that is rough is not worth a failure; the error is a bug that a test would show.
        collect(id, times);
      }
    }
  }

  return {
    note(id) {
      collect(id, 1);
      if (isWaiting) return;
      isWaiting = true;
      setTimeout(() => {
        isWaiting = false;
        storeAll();
      }, collecting).unref();
    },
    store: storeAll,
  };
}
