import type { HubFailure, HubResult } from "../hub/result.ts";
import type { StorageFailure } from "../storage/failure.ts";
import type { ForgottenUsers } from "./forgottenUsers.ts";

/** How long one call deletes rows, in milliseconds. */
const longest = 8_000;

/** How long a call that does not end keeps the user's devices from registering, in milliseconds. */
const longestUnderWay = 60_000;

/** `more` if there is more than fits in the time, or something changed meanwhile. */
type Progress = { readonly kind: "done" | "more" } | StorageFailure;

/** What a user is forgotten in. */
export interface Places {
  readonly forgottenUsers: ForgottenUsers;
  readonly forgetDevices: (userDigest: string) => Promise<HubResult<unknown>>;
  /** Each deletes the user's rows of a table. @param began leaves what is inserted after it @param end of its work */
  readonly forgetRows: readonly ((
    userDigest: string,
    began: number,
    end: number,
  ) => Promise<Progress>)[];
  /** Deletes what is the user's from the poison queue. @param seen how much of it the calls before have seen */
  readonly clearPoison: (
    userDigest: string,
    seen: number,
  ) => Promise<
    { readonly kind: "done" } | { readonly kind: "more"; readonly seen: number } | StorageFailure
  >;
  /**
   * Waits for what this process sends to the user's devices behind its answers.
   *
   * @param longest in milliseconds
   * @returns whether it has ended
   */
  readonly behindAnswersEnded: (userDigest: string, longest: number) => Promise<boolean>;
  /** Returns the time in milliseconds since 1970. */
  readonly now: () => number;
}

export type Forgetting = Progress | { readonly kind: "hub"; readonly failure: HubFailure };

/** Deletes everything that is kept of a user. To repeat it while the result is `more` is safe. */
export type ForgetUser = (userDigest: string) => Promise<Forgetting>;

/**
 * Creates a {@link ForgetUser}.
 *
 * A mark keeps out what races with it. A registration looks at the mark after it has written, and takes back what it wrote
 * if the mark has changed since it began, or shows that its user is being forgotten. Redelivery drops what is older than
 * the mark, and what goes to the poison queue is taken back likewise.
 */
export function createForgetUser({
  forgottenUsers,
  forgetDevices,
  forgetRows,
  clearPoison,
  behindAnswersEnded,
  now,
}: Places): ForgetUser {
  return async (userDigest) => {
    const began = now();
    const end = began + longest;
    const before = await forgottenUsers.read(userDigest);
    if (before.kind !== "done") return before;
    const seen = before.value?.isUnderWay ? before.value.poisonSeen : 0;
    const begun = await forgottenUsers.mark(userDigest, began, began + longestUnderWay, seen);
    if (begun.kind !== "done") return begun;

    const devices = await forgetDevices(userDigest);
    if (devices.kind !== "done") return { kind: "hub", failure: devices };
    const rows = await forgetAllRows();
    if (rows.kind !== "done") return rows;
    const poison = await clearPoison(userDigest, seen);
    if (poison.kind === "more") {
      const until = now() + longestUnderWay;
      const noted = await forgottenUsers.mark(userDigest, began, until, poison.seen);
      return noted.kind === "done" ? { kind: "more" } : noted;
    }
    if (poison.kind !== "done") return poison;

    // At least a second, because the rows may have taken all the time.
    if (!(await behindAnswersEnded(userDigest, Math.max(end - now(), 1_000)))) {
      return { kind: "more" };
    }
    // What was on its way to the hub or to storage, from a process that was killed for example, may have arrived since.
    const lateRows = await forgetAllRows();
    if (lateRows.kind !== "done") return lateRows;
    const lateDevices = await forgetDevices(userDigest);
    if (lateDevices.kind !== "done") return { kind: "hub", failure: lateDevices };
    await forgottenUsers.deleteOld();
    // Last, so that what begins after it is new.
    const ended = now();
    const marked = await forgottenUsers.mark(userDigest, ended, ended);
    return marked.kind === "done" ? { kind: "done" } : marked;

    async function forgetAllRows(): Promise<Progress> {
      for (const forget of forgetRows) {
        const rows = await forget(userDigest, began, end);
        if (rows.kind !== "done") return rows;
      }
      return { kind: "done" };
    }
  };
}
