import {
  createAppleNotification,
  createFcmV1Notification,
  createWindowsToastNotification,
  type Notification,
} from "@azure/notification-hubs";
import { sendNotification } from "@azure/notification-hubs/api";
import type { Payload } from "../delivery/payload.ts";
import type { SendToTag } from "../delivery/sendToTag.ts";
import { callHub } from "./failure.ts";
import type { HubClient } from "./hubClient.ts";

/** Fulfils what delivering needs, on a notification hub: one send to the devices with a tag. */
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
