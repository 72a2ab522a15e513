import { getNotificationOutcomeDetails } from "@azure/notification-hubs/api";
import type { HubClient } from "../hub/hubClient.ts";
import { callHub } from "../hub/result.ts";
import { type Platform, platformEntries, platforms } from "../platforms/platforms.ts";

/**
 * Returns for how many devices each platform took a notification, as far as the hub can tell. It never rejects: what the hub
 * does not tell is left out.
 *
 * @param notificationIds as of `Message`
 */
export type CountDevices = (
  notificationIds: Readonly<Partial<Record<Platform, string>>>,
) => Promise<Readonly<Partial<Record<Platform, number>>>>;

/** The time limit of one call to the hub, in milliseconds. */
const deadline = 4_000;

/** The states of a notification that reaches no further device. */
const ended: ReadonlySet<unknown> = new Set(["Completed", "NoTargetFound"]);

/** Implements {@link CountDevices} with a notification hub. Only its Standard tier tells. */
export function createCountDevices(client: HubClient): CountDevices {
  return async (notificationIds) => {
    const counts = await Promise.all(
      platforms.map(async (platform) => {
        const id = notificationIds[platform];
        if (id === undefined) return [];
        const details = await callHub("hub", () =>
          getNotificationOutcomeDetails(client, id, { abortSignal: AbortSignal.timeout(deadline) }),
        );
        if (details.kind !== "done") return [];
        const { state } = details.value;
        const outcomes = platformEntries[platform].hub.outcomes(details.value);
        // A hub that is still at it has none yet.
        if (outcomes === undefined && !ended.has(state)) return [];
        const taken = outcomes?.find((one) => one.state === "Success")?.count ?? 0;
        return [[platform, Number(taken)] as const];
      }),
    );
    return Object.fromEntries(counts.flat());
  };
}
