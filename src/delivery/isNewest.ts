import type { StorageFailure } from "../storage/failure.ts";
import { type Announcement, replacementKey } from "./announcement.ts";

/** An announcement that replaces earlier ones. */
export interface Replacing {
  readonly intentId: string;
  /** In ISO 8601. */
  readonly createdAt: string;
}

/**
 * Returns whether no newer announcement with a key is known, and notes this one if so: one that was put off must not replace
 * a newer one on a device.
 *
 * @param key as of `replacementKey`
 */
export type IsNewest = (
  key: string,
  replacing: Replacing,
) => Promise<{ readonly kind: "done"; readonly value: boolean } | StorageFailure>;

/** Returns whether one announcement is newer than another. Of two of one time, all processes choose the same. */
export function isNewer(one: Replacing, other: Replacing): boolean {
  return one.createdAt === other.createdAt
    ? one.intentId > other.intentId
    : one.createdAt > other.createdAt;
}

/** Asks {@link IsNewest}, but for an announcement that replaces none. */
export async function mayReplace(
  isNewest: IsNewest,
  announcement: Announcement,
  { intentId, createdAt }: Replacing,
): ReturnType<IsNewest> {
  return announcement.replaces === undefined
    ? { kind: "done", value: true }
    : isNewest(replacementKey(announcement), { intentId, createdAt });
}
