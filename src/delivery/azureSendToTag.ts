import {
  createAppleNotification,
  createFcmV1Notification,
  createWindowsToastNotification,
  type Notification,
} from "@azure/notification-hubs";
import { sendNotification } from "@azure/notification-hubs/api";
import type { HubClient } from "../hub/hubClient.ts";
import { callHub } from "../hub/result.ts";
import type { Payload } from "./payload.ts";
import type { SendToTag } from "./sendToTag.ts";

/** Implements {@link SendToTag} with a notification hub: one send to the devices with a tag. */
export function createSendToTag(client: HubClient): SendToTag {
  return (tag, payload, abortSignal) =>
    callHub("hub", async () => {
      await sendNotification(client, describe(payload), { tagExpression: tag, abortSignal });
    });
}

function describe({ platform, body, headers }: Payload): Notification {
  switch (platform) {
    case "wns":
      return createWindowsToastNotification({ body, headers });
    case "apns":
      return createAppleNotification({ body, headers });
    case "fcmv1":
      return createFcmV1Notification({ body, headers });
  }
}
