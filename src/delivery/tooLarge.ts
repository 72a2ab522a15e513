import type { Platform } from "../platforms/platforms.ts";
import { isPlain, type TooLarge } from "./announcement.ts";
import { excessOfIntent } from "./intent.ts";
import { excess, type PayloadTerms } from "./payload.ts";

/** Creates {@link TooLarge} for the platforms to send to. */
export function createTooLarge(platforms: readonly Platform[], terms: PayloadTerms): TooLarge {
  return (announcement) => {
    // The bounds of title and data leave room for a text.
    if (isPlain(announcement)) return [];
    const faults = platforms.flatMap((platform) => {
      const bytes = excess(platform, announcement, terms);
      return bytes === 0
        ? []
        : [
            {
              pointer: "#",
              detail: `It is ${bytes} bytes too large for ${platform}, even without its text.`,
            },
          ];
    });
    const bytes = excessOfIntent(announcement, platforms);
    const waiting = `It is ${bytes} bytes too large to wait for a hub that is away.`;
    return bytes === 0 ? faults : [...faults, { pointer: "#", detail: waiting }];
  };
}
