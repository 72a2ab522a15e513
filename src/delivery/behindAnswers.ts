import { type Announcement, isAbout } from "./announcement.ts";

/** The work of this process that goes on behind its answers: no caller waits for it, and it may end with the process. */
export interface BehindAnswers {
  /** Begins work about an announcement. The work must not reject. */
  begin(announcement: Announcement, work: () => Promise<void>): void;
  /**
   * Waits for the work that is under way about a user.
   *
   * @param longest in milliseconds
   * @returns whether it has ended
   */
  ended(userDigest: string, longest: number): Promise<boolean>;
  /** Lets no further send begin, and waits for the work that is under way now, for so many milliseconds at most. */
  drain(longest: number): Promise<void>;
  /** Whether the process is about to end, so that nothing new is to begin. */
  isDraining(): boolean;
}

const nextTurn = () => new Promise<void>((resolve) => void setImmediate(resolve));

export function createBehindAnswers(): BehindAnswers {
  const underWay = new Map<Promise<void>, Announcement>();
  let isDraining = false;

  /** @returns whether all of it has ended in time */
  async function within(works: readonly Promise<void>[], longest: number): Promise<boolean> {
    if (works.length === 0) return true;
    const { promise: late, resolve } = Promise.withResolvers<boolean>();
    const timer = setTimeout(() => resolve(false), longest);
    const all = Promise.all(works).then(() => true);
    const inTime = await Promise.race([all, late]);
    clearTimeout(timer);
    return inTime;
  }

  return {
    begin(announcement, work) {
      // The answer goes out first.
      const one = nextTurn()
        .then(work)
        .finally(() => {
          underWay.delete(one);
        });
      underWay.set(one, announcement);
    },
    ended(userDigest, longest) {
      const works = [...underWay].flatMap(([work, announcement]) =>
        isAbout(announcement, userDigest) ? [work] : [],
      );
      return within(works, longest);
    },
    async drain(longest) {
      isDraining = true;
      await within([...underWay.keys()], longest);
    },
    isDraining: () => isDraining,
  };
}
