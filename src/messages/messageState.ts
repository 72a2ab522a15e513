import type { PlatformResult } from "../delivery/platformResult.ts";
import { type Platform, platforms } from "../platforms/platforms.ts";
import type { MessageRow } from "./messageTable.ts";

/** A message as a trusted backend sees it. */
export interface Message {
  readonly id: string;
  /** In ISO 8601. */
  readonly createdAt: string;
  /**
   * `accepted`: it is being sent, for a day at most. `done`: the hub accepted it on every platform. `givenUp`: on some
   * platform it was not sent, and will not be.
   */
  readonly state: "accepted" | "done" | "givenUp";
  /** When it was done or given up, in ISO 8601. */
  readonly finishedAt?: string;
  /** The notifications' ids in the hub. Only the hub's Standard tier gives any. */
  readonly notificationIds?: Readonly<Partial<Record<Platform, string>>>;
  /** For how many devices each platform took it, if the hub tells. */
  readonly devices?: Readonly<Partial<Record<Platform, number>>>;
  /** How often it was opened, roughly. */
  readonly opened: number;
  /** Why it was given up, as a sentence. */
  readonly reason?: string;
}

/** Returns the column of a platform's result: its kind, and the notification's id if there is one. */
export function columnOf(result: PlatformResult): string {
  const id = result.kind === "sent" ? result.notificationId : undefined;
  return id === undefined ? result.kind : `${result.kind} ${id}`;
}

/** Returns whether a column says that the message was sent. */
export function isSent(column: string | undefined): boolean {
  return column?.split(" ", 1)[0] === "sent";
}

/** Returns the message in a row. */
export function messageIn({
  id,
  createdAt,
  platforms: wanted,
  finishedAt,
  opened = 0,
  ...columns
}: MessageRow): Message {
  const results = platforms.flatMap((platform) => {
    const [kind, notificationId] = columns[platform]?.split(" ") ?? [];
    return kind === undefined ? [] : [{ platform, kind, notificationId }];
  });
  const isFinished = wanted
    .split(",")
    .every((name) => results.some(({ platform }) => platform === name));
  if (finishedAt === undefined || !isFinished) return { id, createdAt, state: "accepted", opened };
  const ids = results.flatMap(({ platform, notificationId }) =>
    notificationId === undefined ? [] : [[platform, notificationId] as const],
  );
  const having = (kind: string) =>
    results.filter((one) => one.kind === kind).map(({ platform }) => platform);
  const reasons = [
    ...sentence(having("refused"), "The hub refuses its payload for"),
    ...sentence(having("expired"), "Before it expired it could not be sent to"),
    ...sentence(having("replaced"), "A later message took its place before it was sent to"),
  ];
  return {
    id,
    createdAt,
    state: reasons.length === 0 ? "done" : "givenUp",
    finishedAt,
    opened,
    ...(ids.length > 0 && { notificationIds: Object.fromEntries(ids) }),
    ...(reasons.length > 0 && { reason: reasons.join(" ") }),
  };
}

function sentence(of: readonly Platform[], what: string): string[] {
  return of.length === 0 ? [] : [`${what} ${of.join(", ")}.`];
}
