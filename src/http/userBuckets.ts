import { LRUCache } from "lru-cache";
import { type Bound, createTokenBucket, type Take } from "./tokenBucket.ts";

/** The most users whose buckets are kept. Beyond them, those are forgotten that did nothing for the longest time. */
const mostUsers = 10_000;

/** Takes one from a user's bucket. @returns as of {@link Take} */
export type TakeOfUser = (userDigest: string) => number;

/** Bounds how often each user does something: see {@link createTokenBucket}. */
export function createUserBuckets(bound: Bound, now?: () => number): TakeOfUser {
  if (bound.perMinute === 0) return () => 0;
  const buckets = new LRUCache<string, Take>({ max: mostUsers });
  return (userDigest) => {
    const take = buckets.get(userDigest) ?? createTokenBucket(bound, now);
    buckets.set(userDigest, take);
    return take();
  };
}
