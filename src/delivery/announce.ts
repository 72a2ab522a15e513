import type { InvocationContext } from "@azure/functions";
import type { Platform } from "../registration/platform.ts";
import { userTag } from "../registration/tags.ts";
import type { Announcement } from "./announcement.ts";
import { payloadFor } from "./payload.ts";
import type { SendToTag } from "./sendToTag.ts";

export type OutcomeLog = Pick<InvocationContext, "info" | "warn">;

/** Tells a user's devices, on every platform at once. */
export type Announce = (announcement: Announcement, log: OutcomeLog) => Promise<void>;

/** How long the sends may take, in milliseconds: an insert waits for them. */
const sendDeadline = 1_500;

/** Announces with one send a platform; one that fails is logged and holds nothing back. */
export function createAnnounce(sendToTag: SendToTag, platforms: readonly Platform[]): Announce {
  return async (announcement, log) => {
    const tag = userTag(announcement.userDigest);
    const abortSignal = AbortSignal.timeout(sendDeadline);
    await Promise.all(
      platforms.map(async (platform) => {
        const began = performance.now();
        const result = await sendToTag(tag, payloadFor(platform, announcement), abortSignal);
        const outcome = {
          itemId: announcement.rowId,
          platform,
          durationMs: Math.round(performance.now() - began),
        };
        if (result.kind === "done") log.info(JSON.stringify({ outcome: "sent", ...outcome }));
        else
          log.warn(
            JSON.stringify({
              outcome: "dropped",
              ...outcome,
              reason: result.kind,
              status: result.status,
            }),
          );
      }),
    );
  };
}
