import { apns } from "./apns.ts";
import { fcmv1 } from "./fcmv1.ts";
import type { PlatformEntry } from "./platform.ts";
import { wns } from "./wns.ts";

/** Every platform, by its name in settings, in rows and for clients. What walks platforms walks this list. */
export const platforms = ["wns", "apns", "fcmv1"] as const;

export type Platform = (typeof platforms)[number];

/** What each platform is. docs/extending.md says how to add one. */
export const platformEntries: Readonly<Record<Platform, PlatformEntry>> = { wns, apns, fcmv1 };
