import type { InvocationContext } from "@azure/functions";
import type { Platform } from "../platforms/platforms.ts";

/** The log of the process, whose levels the host tells by the words of a line. */
export type ProcessLog = Pick<InvocationContext, "info" | "warn" | "error">;

/** The log for outcomes of deliveries: that of an invocation, or that of the process for work behind its answer. */
export interface Log extends ProcessLog {
  /**
   * What lines in the process's log hold: the invocation that has its answer, whose own log takes no lines any more; nothing, if
   * a line is of no invocation.
   */
  readonly behind?: { readonly invocationId?: string };
}

/** @param invocationId if the lines are of one */
export function logBehind(processLog: ProcessLog, invocationId?: string): Log {
  return {
    info: (line) => processLog.info(line),
    warn: (line) => processLog.warn(line),
    error: (line) => processLog.error(line),
    behind: invocationId === undefined ? {} : { invocationId },
  };
}

/** The outcomes of deliveries, with their log levels. */
const levels = {
  /** The hub accepted the notification. Whether a device received it, the hub knows alone. */
  accepted: "info",
  retry: "warn",
  /** Not sent: the hub refuses the payload, the row is missing or comes from another insert, or its user was forgotten. */
  dropped: "warn",
  /** The intent is older than 24 hours. */
  expired: "error",
  /** The message can't be read as an intent. */
  poisoned: "error",
  /** Put off without a send, because a part of the cloud that it needs is unreachable. */
  postponed: "warn",
  /** Left to redelivery at once, because this process has as many sends under way as it may. */
  overflowed: "warn",
  /** An exception, which is a bug. Redelivery finishes what it interrupted. */
  interrupted: "error",
  /** An operator has switched all sending off. Said again every 5 minutes. */
  "sending-off": "error",
  "sending-on": "info",
  "circuit-open": "error",
  "circuit-closed": "info",
  /** The hub refuses the app's credentials or does not exist. An operator has to act. */
  "credentials-refused": "error",
} as const;

export type Outcome = keyof typeof levels;

/** The details of an outcome in the log: never a text, a tag, a token or a handle. */
export interface OutcomeDetails {
  readonly itemId?: string;
  readonly platform?: Platform;
  /** The platforms of one line about several sends. */
  readonly platforms?: readonly Platform[];
  /** The number of failed attempts, as in the intent. */
  readonly attempt?: number;
  readonly durationMs?: number;
  readonly reason?: string;
  /** The name of an error, if a response was unreadable. */
  readonly error?: string;
  /** The HTTP status of the hub's response. */
  readonly status?: number;
}

/** Logs an outcome as one line of JSON. A line behind an answer holds its level, which the host reads from its words. */
export function logOutcome(log: Log, outcome: Outcome, details: OutcomeDetails): void {
  const level = levels[outcome];
  log[level](JSON.stringify({ outcome, ...details, ...(log.behind && { ...log.behind, level }) }));
}
