import type { Platform } from "../platforms/platforms.ts";
import type { StorageFailure } from "../storage/failure.ts";
import type { Source } from "./announcement.ts";

/** What became of an announcement on one platform. */
export type PlatformResult =
  /** The hub accepted it. `notificationId` as of `Accepted`. */
  | { readonly platform: Platform; readonly kind: "sent"; readonly notificationId?: string }
  /** The hub refuses the payload. */
  | { readonly platform: Platform; readonly kind: "refused" }
  /** It was not sent within the life of an intent. */
  | { readonly platform: Platform; readonly kind: "expired" }
  /** A later one took its place before it was sent. */
  | { readonly platform: Platform; readonly kind: "replaced" };

/** Returns the platforms that have no result yet. */
export function missingFrom(
  results: readonly PlatformResult[],
  platforms: readonly Platform[],
): readonly Platform[] {
  return platforms.filter((one) => !results.some(({ platform }) => platform === one));
}

/** Writes results onto the row that was announced. The result is also `done` if the row does not exist. */
export type RecordResults = (
  source: Source,
  results: readonly PlatformResult[],
) => Promise<{ readonly kind: "done" } | StorageFailure>;

/**
 * By table, how the final results of its rows are recorded. Of other tables, delivering reads rows and never writes them.
 */
export type ResultRecorders = ReadonlyMap<string, RecordResults>;

/** Records results if their table wants them. */
export async function recordResults(
  recorders: ResultRecorders,
  source: Source,
  results: readonly PlatformResult[],
): Promise<{ readonly kind: "done" } | StorageFailure> {
  const record = recorders.get(source.table);
  return record ? record(source, results) : { kind: "done" };
}
