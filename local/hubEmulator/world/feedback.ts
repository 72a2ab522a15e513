import type { PlatformName } from "../registrations/registrationKinds.ts";

/** A platform's report about a handle. */
export interface FeedbackEntry {
  /** The time in ISO 8601 format. */
  readonly at: string;
  readonly platform: PlatformName;
  readonly handle: string;
  readonly registrationId: string | null;
  readonly notificationId: string;
  readonly error: "ExpiredChannel";
}

export interface Feedback {
  add(entry: FeedbackEntry): void;
  all(): readonly FeedbackEntry[];
  clear(): void;
}

/** How many of the newest entries are kept. */
const maxKept = 1_000;

export function createFeedback(): Feedback {
  let entries: FeedbackEntry[] = [];
  return {
    add(entry) {
      entries.push(entry);
      if (entries.length > 2 * maxKept) entries = entries.slice(-maxKept);
    },
    all() {
      return entries.slice(-maxKept);
    },
    clear() {
      entries = [];
    },
  };
}
