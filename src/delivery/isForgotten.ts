import type { StorageFailure } from "../storage/failure.ts";

/**
 * Returns whether a user was forgotten after a time: nothing from before it is to be delivered or kept.
 *
 * @param since in milliseconds since 1970
 */
export type IsForgotten = (
  userDigest: string,
  since: number,
) => Promise<{ readonly kind: "done"; readonly value: boolean } | StorageFailure>;
