import { randomUUID } from "node:crypto";
import * as v from "valibot";
import { type Platform, platforms } from "../hub/platform.ts";
import type { Announcement } from "./announcement.ts";

/**
 * The longest text that an intent keeps, in UTF-16 units. A payload of 4,096 bytes shows no more, and
 * the intent stays under the 64 KiB of a queue message however its text is escaped.
 */
const longestText = 4_200;

const intentSchema = v.object({
  version: v.literal(1),
  /** Stands in the row as well: it tells whose row it is. */
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
  /** The platforms that are still to be sent to. */
  platforms: v.array(v.picklist(platforms)),
  /** How many attempts at sending have failed. */
  attempt: v.pipe(v.number(), v.integer(), v.minValue(0)),
});

/** That a row is to be announced, as it waits on the queue. */
export type Intent = Readonly<v.InferOutput<typeof intentSchema>>;

/** The intent of an insert that begins now. */
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

/** Reads an intent from a message, or `undefined` where it is none of this version. */
export function readIntent(message: unknown): Intent | undefined {
  const result = v.safeParse(intentSchema, message);
  return result.success ? result.output : undefined;
}

/** The age of an intent, in milliseconds. */
export function ageOf({ createdAt }: Intent): number {
  return Date.now() - Date.parse(createdAt);
}

/** A message on the queue, as whoever put or got it knows it. */
export interface MessageReceipt {
  readonly messageId: string;
  readonly popReceipt: string;
}

interface Unavailable {
  readonly kind: "unavailable";
}

/** The message is no longer there. */
interface Gone {
  readonly kind: "gone";
}

/** Somebody else has got the message since. */
interface Taken {
  readonly kind: "taken";
}

interface Done {
  readonly kind: "done";
}

/** What delivering needs of the queue. Every call is one try. Delays are in seconds. */
export interface IntentQueue {
  /** Puts an intent on the queue, where nobody sees it until the delay has passed. */
  put(
    intent: Intent,
    delay: number,
  ): Promise<{ readonly kind: "done"; readonly receipt: MessageReceipt } | Unavailable>;
  /** Writes an intent over a message, which nobody sees until the delay has passed. */
  update(
    receipt: MessageReceipt,
    intent: Intent,
    delay: number,
  ): Promise<Done | Gone | Taken | Unavailable>;
  remove(receipt: MessageReceipt): Promise<Done | Gone | Taken | Unavailable>;
  /** Puts something on the poison queue, to stay there until somebody looks. */
  poison(reason: string, message: unknown): Promise<Done | Unavailable>;
}
