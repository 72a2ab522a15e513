import { isJsonObject } from "../http/parseJson.ts";
import type { Content } from "./content.ts";
import { escapeJson, mergePatch, patchJson } from "./jsonPayload.ts";
import type { PlatformEntry } from "./platform.ts";

/** The members of a message that say to whom it goes, which the hub alone decides. */
const targets = ["token", "topic", "condition"];

/**
 * Google, for Android.
 *
 * https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages
 */
export const fcmv1: PlatformEntry = {
  aliases: ["android"],
  handle: {
    member: "registrationToken",
    shape: "1 to 4,096 letters, digits and _:-",
    read: (text) => (/^[A-Za-z0-9_:-]{1,4096}$/.test(text) ? text : undefined),
  },
  hub: {
    filterMember: "FcmV1RegistrationId",
    registration: (fcmV1RegistrationId, tags) => ({ kind: "FcmV1", fcmV1RegistrationId, tags }),
    handleOf: (registration) =>
      registration.kind === "FcmV1" ? registration.fcmV1RegistrationId : undefined,
    outcomes: ({ fcmV1OutcomeCounts }) => fcmV1OutcomeCounts,
    notification: ({ body, headers }) => ({
      platform: "fcmv1",
      contentType: "application/json;charset=utf-8",
      body,
      headers,
    }),
  },
  largest: 4_096,
  write(content, { key, expiry, settings: { androidChannel } }) {
    const { title, image, badge, sound, urgency = "high", replaces } = content;
    const data = dataOf(content);
    const ttl = { ...(expiry && { ttl: `${expiry.left}s` }) };
    if (content.silent) {
      // Without anything to show: https://firebase.google.com/docs/cloud-messaging/android/message-priority
      const android = {
        priority: "normal",
        ...ttl,
        ...(replaces !== undefined && { collapse_key: key }),
      };
      return {
        headers: {},
        escapeText: escapeJson,
        body: () => JSON.stringify({ message: { data, android } }),
      };
    }
    return {
      headers: {},
      escapeText: escapeJson,
      body: (text) =>
        JSON.stringify({
          message: {
            notification: { title, body: text, ...(image !== undefined && { image }) },
            data,
            android: {
              priority: urgency,
              ...ttl,
              notification: {
                tag: key,
                ...(androidChannel !== undefined && { channel_id: androidChannel }),
                ...soundOf(sound),
                // 0 counts as absent.
                ...(badge !== undefined && badge > 0 && { notification_count: badge }),
              },
            },
          },
        }),
    };
  },
  patch: {
    shape: "an object, with which the payload is merged, without message.token, topic or condition",
    faultOf(patch) {
      if (!isJsonObject(patch)) return "must be an object, with which the payload is merged.";
      const payload = mergePatch({ message: {} }, patch);
      const message = isJsonObject(payload) ? payload["message"] : undefined;
      if (!isJsonObject(message)) return "must leave message an object.";
      const target = targets.find((name) => Object.hasOwn(message, name));
      if (target !== undefined)
        return `must not have message.${target}: the hub knows the devices.`;
      const { data = {} } = message;
      return isJsonObject(data) && Object.values(data).every((value) => typeof value === "string")
        ? undefined
        : "must have only strings in message.data.";
    },
    apply: patchJson,
  },
};

function dataOf({ data, link, group, category }: Content): Readonly<Record<string, string>> {
  return {
    ...data,
    ...(link !== undefined && { link }),
    ...(group !== undefined && { group }),
    ...(category !== undefined && { category }),
  };
}

/** From Android 8 on, the channel decides. A resource has a name without an ending. */
function soundOf(sound: string | undefined): { readonly sound?: string } {
  return sound === undefined || sound === "none" ? {} : { sound: sound.replace(/\.[^.]*$/, "") };
}
