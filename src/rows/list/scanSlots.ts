/** How many scans run at once in this process: each holds a page of rows in memory. */
const mostScans = 8;

/** How many run at once before a user gets a second slot. The others are for users who have none. */
const mostSecondScans = 4;

/** How many scans wait at once: of one user, and of all. They take room among the requests that the host runs at once. */
const mostWaitingOfUser = 4;
const mostWaiting = 32;

/** How many wait at once if the last ones have no other scan that runs or waits, so that users who flood leave them room. */
const mostWaitingWithNewcomers = 48;

/** How long a scan waits, in milliseconds. The client may be gone by then, which the host does not tell. */
const longestWait = 10_000;

/** Why a scan did not run. */
export type NoSlot =
  /** The user has too many that wait. */
  | { readonly kind: "tooOften"; readonly seconds: number }
  /** Too many of all users wait, or there was no slot in time. */
  | { readonly kind: "busy" };

interface Waiting {
  readonly user: string;
  readonly start: (hasSlot: boolean) => void;
}

/** Runs a scan when there is room for it. A user who waits does not hold up the others. */
export type InSlot = <Result>(
  user: string,
  scan: () => Promise<Result>,
) => Promise<Result | NoSlot>;

export function createScanSlots(): InSlot {
  /** How many scans of each user run. */
  const running = new Map<string, number>();
  let scans = 0;
  let waiting: readonly Waiting[] = [];

  const hasSlotFor = ({ user }: Waiting) => {
    const ofUser = running.get(user) ?? 0;
    return ofUser === 0 ? scans < mostScans : ofUser === 1 && scans < mostSecondScans;
  };

  function startWaiting(): void {
    for (let next = waiting.find(hasSlotFor); next; next = waiting.find(hasSlotFor)) {
      const { user, start } = next;
      // Users take turns: what else this one has waits behind the others.
      const rest = waiting.filter((one) => one !== next);
      waiting = [
        ...rest.filter((one) => one.user !== user),
        ...rest.filter((one) => one.user === user),
      ];
      running.set(user, (running.get(user) ?? 0) + 1);
      scans++;
      start(true);
    }
  }

  /** Waits for a slot. @returns whether there is one */
  function slotFor(user: string): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const one: Waiting = {
      user,
      start(hasSlot) {
        clearTimeout(late);
        resolve(hasSlot);
      },
    };
    const late = setTimeout(() => {
      waiting = waiting.filter((other) => other !== one);
      resolve(false);
    }, longestWait);
    waiting = [...waiting, one];
    startWaiting();
    return promise;
  }

  return async (user, scan) => {
    const waitingOfUser = waiting.filter((one) => one.user === user).length;
    if (waitingOfUser >= mostWaitingOfUser) {
      return { kind: "tooOften", seconds: longestWait / 1_000 };
    }
    const isNewcomer = waitingOfUser === 0 && !running.has(user);
    const most = isNewcomer ? mostWaitingWithNewcomers : mostWaiting;
    if (waiting.length >= most || !(await slotFor(user))) return { kind: "busy" };
    try {
      return await scan();
    } finally {
      const left = (running.get(user) ?? 1) - 1;
      if (left === 0) running.delete(user);
      else running.set(user, left);
      scans--;
      startWaiting();
    }
  };
}
