import { randomUUID } from "node:crypto";
import * as v from "valibot";
import { type Platform, platforms } from "../platforms/platforms.ts";
import { type Announcement, announcement, isPlain } from "./announcement.ts";
import type { PlatformResult } from "./platformResult.ts";

/** The intent to announce a row. It waits on the queue. */
export interface Intent {
  /** Also in the row, where it shows which insert wrote the row. */
  readonly intentId: string;
  /** When the insert began, in ISO 8601. */
  readonly createdAt: string;
  readonly announcement: Announcement;
  /** The platforms to which the notification has yet to be sent. If there are none, only the results have to be recorded. */
  readonly platforms: readonly Platform[];
  /** The number of failed attempts. It omits an insert's own attempt that failed on all platforms. */
  readonly attempt: number;
  /** How often it was postponed since the last attempt. */
  readonly postponements: number;
  /** What became of the other platforms, if the row's table wants the results. */
  readonly results: readonly PlatformResult[];
}

/**
 * The longest text that an intent keeps, in UTF-16 units. A payload of 4,096 bytes has no room for more,
 * and the intent fits into a queue message (64 KiB) however its text is escaped.
 */
const longestText = 4_200;

/** A text may have the form of a time, such as one with the offset `+00`, and not be one that `Date` parses. */
const time = v.pipe(
  v.string(),
  v.isoTimestamp(),
  v.check((text) => !Number.isNaN(Date.parse(text))),
);

const platform = v.picklist(platforms);
const count = v.pipe(v.number(), v.integer(), v.minValue(0));

const members = {
  intentId: v.string(),
  createdAt: time,
  attempt: count,
  // Messages of earlier releases lack it.
  postponements: v.optional(count, 0),
};

const results = v.array(
  v.variant("kind", [
    v.object({ platform, kind: v.literal("sent"), notificationId: v.exactOptional(v.string()) }),
    v.object({ platform, kind: v.picklist(["refused", "expired", "replaced"]) }),
  ]),
);

/** What an announcement had in the versions 1 and 2. */
const { source, title, text, data } = announcement.entries;
const announced = { source, title, text, data };

/** The only version of releases that could announce only to users. */
const version1 = v.object({
  version: v.literal(1),
  ...members,
  announcement: v.object({ userDigest: v.string(), ...announced }),
  platforms: v.pipe(v.array(platform), v.minLength(1)),
});

/** What the versions 2 and 3 have. They differ in what an announcement may have. */
const later = { ...members, results, platforms: v.array(platform) };

const version2 = v.object({
  version: v.literal(2),
  ...later,
  announcement: v.object({ audience: announcement.entries.audience, ...announced }),
});

const version3 = v.object({ version: v.literal(3), ...later, announcement });

/** What every version of an intent has. */
const newerVersion = v.looseObject({
  version: v.pipe(v.number(), v.integer(), v.gtValue(3)),
  createdAt: time,
});

/** An intent of a later version, whose other members this code does not know. */
export type NewerIntent = Readonly<v.InferOutput<typeof newerVersion>>;

/** Creates the intent of an insert that begins now. @param now in milliseconds since 1970 */
export function newIntent(
  announcement: Announcement,
  platforms: readonly Platform[],
  now: number,
): Intent {
  return {
    intentId: randomUUID(),
    createdAt: new Date(now).toISOString(),
    announcement: {
      ...announcement,
      text: announcement.text.slice(0, longestText).toWellFormed(),
    },
    platforms,
    attempt: 0,
    postponements: 0,
    results: [],
  };
}

/**
 * Returns the content of an intent's message. An intent that earlier releases can deliver is of version 1 or 2. They
 * postpone any other, so that a release that knows it delivers it.
 */
export function messageOf(intent: Intent | NewerIntent): object {
  if ("version" in intent) return intent;
  const { announcement, results, ...others } = intent;
  const { audience, ...rest } = announcement;
  if (!isPlain(announcement)) return { version: 3, ...intent };
  // An earlier release would deliver what is left, and lose the results.
  return audience.kind === "user" && intent.platforms.length > 0 && results.length === 0
    ? { version: 1, ...others, announcement: { userDigest: audience.digest, ...rest } }
    : { version: 2, ...others, results, announcement: { audience, ...rest } };
}

/**
 * The most bytes of UTF-8 of an intent in JSON. A queue message holds 64 KiB of base64, and its results are yet to be added.
 * https://learn.microsoft.com/azure/storage/queues/scalability-targets
 */
const largestIntent = 47 * 1_024;

/** Returns by how many bytes the intent of an announcement is too large for the queue; 0 if it fits. */
export function excessOfIntent(announcement: Announcement, platforms: readonly Platform[]): number {
  const message = JSON.stringify(messageOf(newIntent(announcement, platforms, 0)));
  return Math.max(0, Buffer.byteLength(message) - largestIntent);
}

export type IntentReading =
  | { readonly kind: "intent"; readonly intent: Intent }
  | { readonly kind: "newer"; readonly intent: NewerIntent }
  | { readonly kind: "unreadable" };

/** Parses an intent from a message. During a deployment or after a rollback it may be of a later version. */
export function readIntent(message: unknown): IntentReading {
  const first = v.safeParse(version1, message);
  if (first.success) {
    const { version: _, announcement, ...others } = first.output;
    const { userDigest: digest, ...rest } = announcement;
    const audience = { kind: "user", digest } as const;
    const intent = { ...others, results: [], announcement: { audience, ...rest } };
    return { kind: "intent", intent };
  }
  const second = v.safeParse(v.variant("version", [version2, version3]), message);
  if (second.success) {
    const { version: _, ...intent } = second.output;
    return { kind: "intent", intent };
  }
  const newer = v.safeParse(newerVersion, message);
  return newer.success ? { kind: "newer", intent: newer.output } : { kind: "unreadable" };
}
