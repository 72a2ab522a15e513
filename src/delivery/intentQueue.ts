import { randomUUID } from "node:crypto";
import * as v from "valibot";
import { type Platform, platforms } from "../hub/platform.ts";
import type { Announcement } from "./announcement.ts";

/**
 * The longest text that an intent keeps, in UTF-16 units. A payload of 4,096 bytes has no room for more,
 * and the intent fits into a queue message (64 KiB) however its text is escaped.
 */
const longestText = 4_200;

const intentSchema = v.object({
  version: v.literal(1),
  /** Also in the row, where it shows which insert wrote the row. */
  intentId: v.string(),
  /** When the insert began, in ISO 8601. */
  createdAt: v.pipe(v.string(), v.isoTimestamp()),
  announcement: v.object({
    userDigest: v.string(),
    source: v.object({ table: v.string(), partition: v.string(), rowId: v.string() }),
    title: v.string(),
    text: v.string(),
    data: v.record(v.string(), v.string()),
  }),
  /** The platforms to which the notification has yet to be sent. */
  platforms: v.array(v.picklist(platforms)),
  /** The number of failed attempts. It omits an insert's own attempt that failed on all platforms. */
  attempt: v.pipe(v.number(), v.integer(), v.minValue(0)),
});

/** The intent to announce a row. It waits on the queue. */
export type Intent = Readonly<v.InferOutput<typeof intentSchema>>;

/** Creates the intent of an insert that begins now. */
export function newIntent(announcement: Announcement, platforms: readonly Platform[]): Intent {
  return {
    version: 1,
    intentId: randomUUID(),
    createdAt: new Date().toISOString(),
    announcement: {
      ...announcement,
      text: announcement.text.slice(0, longestText).toWellFormed(),
    },
    platforms: [...platforms],
    attempt: 0,
  };
}

/** Parses an intent from a message. Returns `undefined` if it is not an intent of this version. */
export function readIntent(message: unknown): Intent | undefined {
  const result = v.safeParse(intentSchema, message);
  return result.success ? result.output : undefined;
}

/** Returns the age of an intent, in milliseconds. */
export function ageOf({ createdAt }: Intent): number {
  return Date.now() - Date.parse(createdAt);
}

/** Identifies a message on the queue for the caller that put or received it. */
export interface MessageReceipt {
  readonly messageId: string;
  readonly popReceipt: string;
}

interface Unavailable {
  readonly kind: "unavailable";
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

/** The queue of intents. Failed calls are not retried. Delays are in seconds. */
export interface IntentQueue {
  /** Puts an intent on the queue. The message becomes visible after the delay. */
  put(
    intent: Intent,
    delay: number,
  ): Promise<{ readonly kind: "done"; readonly receipt: MessageReceipt } | Unavailable>;
  /** Replaces the intent in a message. The message becomes visible after the delay. */
  update(
    receipt: MessageReceipt,
    intent: Intent,
    delay: number,
  ): Promise<Done | Gone | Taken | Unavailable>;
  remove(receipt: MessageReceipt): Promise<Done | Gone | Taken | Unavailable>;
  /** Puts a message on the poison queue, with a reason. It never expires there. */
  poison(reason: string, message: unknown): Promise<Done | Unavailable>;
}
