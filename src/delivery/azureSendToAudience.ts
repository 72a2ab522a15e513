import { sendBroadcastNotification, sendNotification } from "@azure/notification-hubs/api";
import type { HubClient } from "../hub/hubClient.ts";
import { callHub } from "../hub/result.ts";
import { platformEntries } from "../platforms/platforms.ts";
import { tagOf } from "./audience.ts";
import type { SendToAudience } from "./sendToAudience.ts";

/** Implements {@link SendToAudience} with a notification hub: one send, to the devices with a tag or to all. */
export function createSendToAudience(client: HubClient): SendToAudience {
  return (audience, payload, abortSignal) =>
    callHub("hub", async () => {
      const notification = platformEntries[payload.platform].hub.notification(payload);
      const tagExpression = tagOf(audience);
      const { notificationId } =
        tagExpression === undefined
          ? await sendBroadcastNotification(client, notification, { abortSignal })
          : await sendNotification(client, notification, { tagExpression, abortSignal });
      return notificationId ? { notificationId } : {};
    });
}
