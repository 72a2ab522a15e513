import type { InvocationContext } from "@azure/functions";
import type { Platform } from "../hub/platform.ts";

/** Where the outcomes of deliveries are told: an invocation's log, or the process's. */
export type Log = Pick<InvocationContext, "info" | "warn" | "error">;

/** What can come of an attempt to deliver, with how loudly it is told. */
const levels = {
  sent: "info",
  retry: "warn",
  /** It will not be sent: the hub refuses the payload, or the row is not there. */
  dropped: "warn",
  /** A day has passed. */
  expired: "error",
  /** It could not be read. */
  poisoned: "error",
  "circuit-open": "error",
  "circuit-closed": "info",
  /** The hub refuses our credentials, or is not there. An operator has to look. */
  "credentials-refused": "error",
} as const;

export type Outcome = keyof typeof levels;

/** What is told of an outcome: never a text, a tag, a token or a handle. */
export interface OutcomeDetails {
  readonly itemId?: string;
  readonly platform?: Platform;
  /** How many attempts had failed before. */
  readonly attempt?: number;
  readonly durationMs?: number;
  readonly reason?: string;
  /** The hub's answer. */
  readonly status?: number;
}

/** Writes one line of JSON about an outcome. */
export function logOutcome(log: Log, outcome: Outcome, details: OutcomeDetails): void {
  log[levels[outcome]](JSON.stringify({ outcome, ...details }));
}
