import type { StorageFailure } from "../storage/failure.ts";

export const tableName = "ForgottenUser";

/** The mark that a user was forgotten. It holds no more than times. */
export interface ForgottenMark {
  /** Changes with every write. */
  readonly version: string;
  /** In milliseconds since 1970: nothing of the user from before it may be kept or delivered. */
  readonly forgottenAt: number;
  /** Whether the user is being forgotten now. */
  readonly isUnderWay: boolean;
  /** How many messages of the poison queue the calls so far have seen. */
  readonly poisonSeen: number;
}

/** The marks of forgotten users, by their digests. */
export interface ForgottenUsers {
  read(
    userDigest: string,
  ): Promise<{ readonly kind: "done"; readonly value: ForgottenMark | undefined } | StorageFailure>;
  /**
   * Marks a user.
   *
   * @param forgottenAt as of {@link ForgottenMark}
   * @param underWayUntil when a call that does not end counts as ended, in milliseconds since 1970
   * @param poisonSeen as of {@link ForgottenMark}, 0 by default
   */
  mark(
    userDigest: string,
    forgottenAt: number,
    underWayUntil: number,
    poisonSeen?: number,
  ): Promise<{ readonly kind: "done" } | StorageFailure>;
  /** Deletes some of the marks that nothing can meet any more. A failure is left to the next call. */
  deleteOld(): Promise<void>;
}

/** How long a mark is kept after its last write, in milliseconds: longer than an intent can live. */
export const markLife = 3 * 24 * 60 * 60 * 1_000;
