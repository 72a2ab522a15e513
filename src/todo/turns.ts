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

/** How many scans run at once in this process, and of one user: each holds a page of rows in memory. */
const mostScans = 4;
const mostScansOfUser = 2;

/** How many scans of each user run. */
const running = new Map<string, number>();
let scans = 0;
const waiting: { readonly user: string; readonly start: () => void }[] = [];

/** Runs a scan when there is room for it. A user who waits does not hold up the others. */
export async function inSlot<T>(user: string, scan: () => Promise<T>): Promise<T> {
  const { promise, resolve } = Promise.withResolvers<void>();
  waiting.push({ user, start: resolve });
  startWaiting();
  await promise;
  try {
    return await scan();
  } finally {
    const left = (running.get(user) ?? 1) - 1;
    if (left === 0) running.delete(user);
    else running.set(user, left);
    scans--;
    startWaiting();
  }
}

function startWaiting(): void {
  for (let index = 0; index < waiting.length; ) {
    if (scans >= mostScans) return;
    const next = waiting[index];
    const ofUser = running.get(next?.user ?? "") ?? 0;
    if (next === undefined || ofUser >= mostScansOfUser) {
      index++;
      continue;
    }
    waiting.splice(index, 1);
    // Users take turns: what else this one has waits behind the others.
    const rest = waiting.filter(({ user }) => user !== next.user);
    const own = waiting.filter(({ user }) => user === next.user);
    waiting.splice(0, waiting.length, ...rest, ...own);
    index = 0;
    running.set(next.user, ofUser + 1);
    scans++;
    next.start();
  }
}
