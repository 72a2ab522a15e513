import type { HttpRequest } from "@azure/functions";
import type { Entry } from "./rowTable.ts";

/*
 * The client libraries of 2013 to 2018 (Azure Mobile Services and Mobile Apps) say so, and some answers are theirs: see
 * docs/old-apps.md.
 */

/** Returns whether a client library of 2013 to 2018 sent a request. */
export function isOfOldClient({ headers }: Pick<HttpRequest, "headers">): boolean {
  return headers.has("ZUMO-API-VERSION");
}

/** The members of storage's and of this app's time. */
const times = ["createdAt", "updatedAt"] as const;

/**
 * Returns an entry whose times have milliseconds. The library of Android takes seven digits for as many milliseconds, so that
 * its next pull begins hours later. A time is never rounded up: what a pull has seen would then end behind the entry.
 */
export function withMilliseconds<Of extends Entry>(entry: Of): Of {
  const changed: Record<string, string> = {};
  for (const name of times) {
    const time: unknown = entry[name];
    if (typeof time === "string")
      changed[name] = `${time.slice(0, "2013-01-31T23:59:59.999".length)}Z`;
  }
  return { ...entry, ...changed };
}
