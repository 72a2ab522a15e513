import type { CauseName } from "../../diagnosis/cause.ts";

/** What one look found, on the way of a notification. */
export interface Step {
  /** Where it looked, such as `hub`. */
  readonly at: string;
  /** What is so, as sentences. Never a token, a handle, an installation's id, a text or a connection string. */
  readonly says: readonly string[];
  /** What of it explains that no notification arrived. */
  readonly causes: readonly CauseName[];
}

/** Returns a step that found nothing wrong. */
export function sound(at: string, ...says: string[]): Step {
  return { at, says, causes: [] };
}

export function faulty(
  at: string,
  cause: CauseName | readonly CauseName[],
  ...says: string[]
): Step {
  return { at, says, causes: typeof cause === "string" ? [cause] : cause };
}
