import { randomUUID } from "node:crypto";
import * as v from "valibot";
import { type Platform, platforms } from "../hub/platform.ts";
import type { StorageFailure } from "../storage/failure.ts";
import type { Announcement } from "./announcement.ts";

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

const intentSchema = v.object({
  version: v.literal(1),
  /** Also in the row, where it shows which insert wrote the row. */
  intentId: v.string(),
  /** When the insert began, in ISO 8601. */
  createdAt: time,
  announcement: v.object({
    userDigest: v.string(),
    source: v.object({ table: v.string(), partition: v.string(), rowId: v.string() }),
    title: v.string(),
    text: v.string(),
    data: v.record(v.string(), v.string()),
  }),
  /** The platforms to which the notification has yet to be sent. */
  platforms: v.pipe(v.array(v.picklist(platforms)), v.minLength(1)),
  /** The number of failed attempts. It omits an insert's own attempt that failed on all platforms. */
  attempt: v.pipe(v.number(), v.integer(), v.minValue(0)),
  /** How often it was postponed since the last attempt. Messages of earlier releases lack it. */
  postponements: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)), 0),
});

/** What every version of an intent has. */
const versionSchema = v.looseObject({
  version: v.pipe(v.number(), v.integer(), v.gtValue(1)),
  createdAt: time,
});

/** An intent of a later version, whose other members this code does not know. */
export type NewerIntent = Readonly<v.InferOutput<typeof versionSchema>>;

/** The intent to announce a row. It waits on the queue. */
export type Intent = Readonly<v.InferOutput<typeof intentSchema>>;

/** Creates the intent of an insert that begins now. @param now in milliseconds since 1970 */
export function newIntent(
  announcement: Announcement,
  platforms: readonly Platform[],
  now: number,
): Intent {
  return {
    version: 1,
    intentId: randomUUID(),
    createdAt: new Date(now).toISOString(),
    announcement: {
      ...announcement,
      text: announcement.text.slice(0, longestText).toWellFormed(),
    },
    platforms: [...platforms],
    attempt: 0,
    postponements: 0,
  };
}

export type IntentReading =
  | { readonly kind: "intent"; readonly intent: Intent }
  | { readonly kind: "newer"; readonly intent: NewerIntent }
  | { readonly kind: "unreadable" };

/** Parses an intent from a message. During a deployment or after a rollback it may be of a later version. */
export function readIntent(message: unknown): IntentReading {
  const intent = v.safeParse(intentSchema, message);
  if (intent.success) return { kind: "intent", intent: intent.output };
  const newer = v.safeParse(versionSchema, message);
  return newer.success ? { kind: "newer", intent: newer.output } : { kind: "unreadable" };
}

/** Identifies a message on the queue for the caller that put or received it. */
export interface MessageReceipt {
  readonly messageId: string;
  readonly popReceipt: string;
}

/** The message no longer exists. */
interface Gone {
  readonly kind: "gone";
}

/** The message has been received or updated since, so the receipt is no longer valid. */
interface Taken {
  readonly kind: "taken";
}

interface Done {
  readonly kind: "done";
}

/** The queue of intents. Failed calls are not retried. Delays are in whole seconds. */
export interface IntentQueue {
  /** Puts an intent on the queue. The message becomes visible after the delay. */
  put(
    intent: Intent | NewerIntent,
    delay: number,
  ): Promise<{ readonly kind: "done"; readonly receipt: MessageReceipt } | StorageFailure>;
  /** Replaces the intent in a message. The message becomes visible after the delay. */
  update(
    receipt: MessageReceipt,
    intent: Intent | NewerIntent,
    delay: number,
  ): Promise<Done | Gone | Taken | StorageFailure>;
  remove(receipt: MessageReceipt): Promise<Done | Gone | Taken | StorageFailure>;
  /** Puts a message on the poison queue, with a reason. It never expires there. */
  poison(reason: string, message: unknown): Promise<Done | StorageFailure>;
}
