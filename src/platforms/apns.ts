import { isJsonObject } from "../http/parseJson.ts";
import { escapeJson, mergePatch, patchJson } from "./jsonPayload.ts";
import type { PlatformEntry, Terms } from "./platform.ts";

/**
 * Apple.
 *
 * https://developer.apple.com/documentation/usernotifications/sending-notification-requests-to-apns
 */
export const apns: PlatformEntry = {
  aliases: ["ios"],
  handle: {
    member: "deviceToken",
    // Of variable length: https://developer.apple.com/documentation/uikit/uiapplicationdelegate/application(_:didregisterforremotenotificationswithdevicetoken:)
    shape: "an even number of hex digits, from 64 to 4,096",
    read: (text) => (/^(?:[0-9a-f]{2}){32,2048}$/i.test(text) ? text.toUpperCase() : undefined),
  },
  hub: {
    filterMember: "DeviceToken",
    registration: (deviceToken, tags) => ({ kind: "Apple", deviceToken, tags }),
    handleOf: (registration) =>
      registration.kind === "Apple" ? registration.deviceToken : undefined,
    outcomes: ({ apnsOutcomeCounts }) => apnsOutcomeCounts,
    notification: ({ body, headers }) => ({
      platform: "apple",
      contentType: "application/json;charset=utf-8",
      body,
      headers,
    }),
  },
  largest: 4_096,
  write(content, terms) {
    const { title, data, image, link, badge, group, category, urgency } = content;
    const { key, expiry, appleTitle, settings } = terms;
    const kept = { ...(expiry && { "apns-expiration": String(expiry.at) }) };
    const besideAps = { ...(link !== undefined && { link }), ...firebase(image, terms), ...data };
    if (content.silent) {
      return {
        // Any other priority of a background push is an error. What a collapse id of one does is not documented.
        headers: { "apns-push-type": "background", "apns-priority": "5", ...kept },
        escapeText: escapeJson,
        body: () => JSON.stringify({ aps: { "content-available": 1 }, ...besideAps }),
      };
    }
    const sound = content.sound ?? settings.appleSound;
    return {
      headers: {
        "apns-push-type": "alert",
        "apns-collapse-id": key,
        ...kept,
        ...(urgency && { "apns-priority": urgency === "high" ? "10" : "5" }),
      },
      escapeText: escapeJson,
      body: (text) =>
        JSON.stringify({
          aps: {
            alert: appleTitle ? { title, body: text } : text,
            ...(sound !== undefined && sound !== "none" && { sound }),
            ...(badge !== undefined && { badge }),
            ...(group !== undefined && { "thread-id": group }),
            ...(category !== undefined && { category }),
            ...(image !== undefined && { "mutable-content": 1 }),
          },
          ...(image !== undefined && { image }),
          ...besideAps,
        }),
    };
  },
  patch: {
    shape: "an object, with which the payload is merged",
    faultOf(patch) {
      if (!isJsonObject(patch)) return "must be an object, with which the payload is merged.";
      const payload = mergePatch({ aps: {} }, patch);
      return isJsonObject(payload) && isJsonObject(payload["aps"])
        ? undefined
        : "must leave aps an object.";
    },
    apply: patchJson,
  },
};

/**
 * Returns what Firebase's packages ask for. They pass on only what has an id of theirs, and ignore a tap whose id equals
 * that of the notification that started the app: so it is another for each notification.
 *
 * https://github.com/firebase/flutterfire, FLTFirebaseMessagingPlugin.m
 */
function firebase(image: string | undefined, { id, settings }: Terms): object {
  if (!settings.appleFirebase) return {};
  return { "gcm.message_id": id, ...(image !== undefined && { fcm_options: { image } }) };
}
