import { setImmediate as nextIteration } from "node:timers/promises";

/** Ends when the turn before it has ended. */
let last: Promise<unknown> = Promise.resolve();

/**
 * Runs a piece of a long computation in an iteration of the event loop in which no other piece runs, of whatever
 * request. So however many requests compute, every other request waits for one piece at a time.
 *
 * @param piece must take some milliseconds at most
 */
export function inTurn<T>(piece: () => T): Promise<T> {
  const turn = last.then(async () => {
    await nextIteration();
    return piece();
  });
  last = turn.catch(() => undefined);
  return turn;
}
