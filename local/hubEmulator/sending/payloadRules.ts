import { isJsonObject, isObjectOfStrings, parseJson } from "../formats/json.ts";
import { parseXml } from "../formats/xml.ts";
import type { PlatformName } from "../registrations/registrationKinds.ts";
import type { OutcomeName } from "./outcomes.ts";

/** Headers for the push service, keyed by name in lower case. */
export type PushHeaders = Readonly<Record<string, string>>;

/** Why a platform would refuse a payload. */
export interface PayloadRefusal {
  readonly outcome: OutcomeName;
  /** A sentence without the full stop. */
  readonly reason: string;
  /** The address of the platform's own description of the rule. */
  readonly rule: string;
}

const kibibyte = 1_024;

/** The maximum size of a payload, in bytes of UTF-8. */
const limits: Readonly<Record<PlatformName, number>> = {
  adm: 6 * kibibyte,
  apns: 4 * kibibyte,
  baidu: 4 * kibibyte,
  browser: 4 * kibibyte,
  fcmv1: 4 * kibibyte,
  gcm: 4 * kibibyte,
  mpns: 3 * kibibyte,
  wns: 4 * kibibyte,
  xiaomi: 4 * kibibyte,
};
const voipLimit = 5 * kibibyte;
const rawLimit = 5 * kibibyte;

const rules: Readonly<Record<PlatformName, string>> = {
  adm: "https://developer.amazon.com/docs/adm/send-message.html",
  apns: "https://developer.apple.com/documentation/usernotifications/sending-notification-requests-to-apns",
  baidu: "https://push.baidu.com/doc/restapi/msg_struct",
  browser: "https://www.rfc-editor.org/rfc/rfc8030",
  fcmv1: "https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages",
  gcm: "https://firebase.google.com/docs/cloud-messaging/http-server-ref",
  mpns: "https://learn.microsoft.com/previous-versions/windows/apps/hh202945(v=vs.105)",
  wns: "https://learn.microsoft.com/windows/apps/develop/notifications/push-notifications/push-request-response-headers",
  xiaomi: "https://dev.mi.com/distribute/doc/details?pId=1559",
};

/** Returns why the platform would refuse this payload, or undefined if it would accept it. */
export function payloadRefusal(
  platform: PlatformName,
  headers: PushHeaders,
  body: string,
): PayloadRefusal | undefined {
  const limit = limitOf(platform, headers);
  const rule = rules[platform];
  const size = Buffer.byteLength(body);
  if (size > limit) {
    const reason = `The payload has ${size} bytes; the limit is ${limit}`;
    return { outcome: "InvalidNotificationSize", reason, rule };
  }
  const reason = faultOf(platform, headers, body);
  return reason === undefined ? undefined : { outcome: "PnsInterfaceError", reason, rule };
}

function limitOf(platform: PlatformName, headers: PushHeaders): number {
  if (platform === "wns" && headers["x-wns-type"] === "wns/raw") return rawLimit;
  if (platform === "apns" && headers["apns-push-type"] === "voip") return voipLimit;
  return limits[platform];
}

/** Returns what is wrong with a payload, or undefined. */
function faultOf(platform: PlatformName, headers: PushHeaders, body: string): string | undefined {
  switch (platform) {
    case "wns":
      return faultForWindows(headers, body);
    case "mpns":
      return faultForWindowsPhone(headers, body);
    case "apns":
      return faultForApple(headers, body);
    case "fcmv1":
      return faultForFirebase(body);
    case "browser":
      return undefined;
    case "adm":
    case "baidu":
    case "gcm":
    case "xiaomi":
      return isJsonObject(parseJson(body)) ? undefined : notAnObject;
  }
}

const notAnObject = "The payload is not a JSON object";

const wnsTypes: ReadonlySet<string> = new Set(["wns/toast", "wns/tile", "wns/badge", "wns/raw"]);

function faultForWindows(headers: PushHeaders, body: string): string | undefined {
  const type = headers["x-wns-type"];
  if (type === undefined) return "The header X-WNS-Type is missing";
  if (!wnsTypes.has(type)) return "X-WNS-Type must be wns/toast, wns/tile, wns/badge or wns/raw";
  if ((headers["x-wns-tag"] ?? "").length > 16) return "X-WNS-Tag is longer than 16 characters";
  if (!/^\d+$/.test(headers["x-wns-ttl"] ?? "0")) return "X-WNS-TTL must be a number of seconds";
  if (!/^[1-4]$/.test(headers["x-wns-priority"] ?? "1")) return "X-WNS-PRIORITY must be 1 to 4";
  if (!["cache", "no-cache"].includes(headers["x-wns-cache-policy"] ?? "cache")) {
    return "X-WNS-Cache-Policy must be cache or no-cache";
  }
  if (type === "wns/raw") return body === "" ? "A raw payload must not be empty" : undefined;
  const parsed = parseXml(body);
  if (parsed.kind === "malformed") return `The payload is not XML: ${parsed.detail}`;
  if (`wns/${parsed.root.name}` !== type) {
    return `The payload's root must be ${type.slice("wns/".length)}, as X-WNS-Type says`;
  }
  return undefined;
}

function faultForWindowsPhone(headers: PushHeaders, body: string): string | undefined {
  if (!/^\d{1,2}$/.test(headers["x-notificationclass"] ?? "1")) {
    return "X-NotificationClass must be a number";
  }
  // A raw notification has no target.
  if (headers["x-windowsphone-target"] === undefined) return undefined;
  const parsed = parseXml(body);
  if (parsed.kind === "malformed") return `The payload is not XML: ${parsed.detail}`;
  return parsed.root.name === "Notification"
    ? undefined
    : "The payload's root must be Notification";
}

const apnsPushTypes: ReadonlySet<string> = new Set([
  "alert",
  "background",
  "complication",
  "fileprovider",
  "liveactivity",
  "location",
  "mdm",
  "pushtotalk",
  "voip",
]);

function faultForApple(headers: PushHeaders, body: string): string | undefined {
  const payload = parseJson(body);
  if (!isJsonObject(payload)) return notAnObject;
  if (!apnsPushTypes.has(headers["apns-push-type"] ?? "alert")) return "apns-push-type is unknown";
  if (!["1", "5", "10"].includes(headers["apns-priority"] ?? "10")) {
    return "apns-priority must be 1, 5 or 10";
  }
  if (!/^\d+$/.test(headers["apns-expiration"] ?? "0")) {
    return "apns-expiration must be a time in seconds since 1970";
  }
  if (Buffer.byteLength(headers["apns-collapse-id"] ?? "") > 64) {
    return "apns-collapse-id is longer than 64 bytes";
  }
  return headers["apns-push-type"] === "background"
    ? faultInBackground(headers, payload)
    : undefined;
}

/** https://developer.apple.com/documentation/usernotifications/pushing-background-updates-to-your-app */
function faultInBackground(
  headers: PushHeaders,
  { aps }: Readonly<Record<string, unknown>>,
): string | undefined {
  if (headers["apns-priority"] === "10") return "A background push must not have apns-priority 10";
  const { alert, badge, sound } = isJsonObject(aps) ? aps : {};
  return [alert, badge, sound].every((shown) => shown === undefined)
    ? undefined
    : "A background push must have no alert, badge or sound";
}

function faultForFirebase(body: string): string | undefined {
  const envelope = parseJson(body);
  if (!isJsonObject(envelope)) return notAnObject;
  const { message } = envelope;
  if (!isJsonObject(message)) return "The payload has no object named message";
  for (const target of ["token", "topic", "condition"]) {
    if (message[target] !== undefined) return `message.${target} is the hub's to set`;
  }
  const { data = {}, notification = {}, android = {} } = message;
  if (!isObjectOfStrings(data)) return "message.data must be an object of strings";
  if (!isObjectOfStrings(notification)) return "message.notification must be an object of strings";
  const unknown = Object.keys(notification).find((name) => !firebaseNotification.has(name));
  if (unknown !== undefined) return `message.notification has no field ${unknown.slice(0, 40)}`;
  return isJsonObject(android) ? faultForAndroid(android) : "message.android must be an object";
}

const firebaseNotification: ReadonlySet<string> = new Set(["title", "body", "image"]);

/** https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages#androidconfig */
function faultForAndroid(android: Readonly<Record<string, unknown>>): string | undefined {
  const { ttl = "0s", priority = "high", notification = {} } = android;
  if (typeof ttl !== "string" || !/^\d+(?:\.\d{1,9})?s$/.test(ttl)) {
    return "message.android.ttl must be seconds that end in s, such as 3.5s";
  }
  if (!/^(?:high|normal)$/i.test(String(priority))) {
    return "message.android.priority must be high or normal";
  }
  if (!isJsonObject(notification)) return "message.android.notification must be an object";
  const { notification_count: count = 0 } = notification;
  return Number.isInteger(count) && Number(count) >= 0 && Number(count) <= 2_147_483_647
    ? undefined
    : "message.android.notification.notification_count must be a whole number";
}
