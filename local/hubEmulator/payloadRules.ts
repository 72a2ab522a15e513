import { isJsonObject, isObjectOfStrings, parseJson } from "./json.ts";
import type { OutcomeName } from "./outcomes.ts";
import type { PlatformName } from "./registrationKinds.ts";
import { parseXml } from "./xml.ts";

/** Headers for the push service, keyed by name in lower case. */
export type PushHeaders = Readonly<Record<string, string>>;

const kibibyte = 1_024;

/** The maximum size of a payload, in bytes of UTF-8. */
const limits: Readonly<Record<PlatformName, number>> = {
  adm: 6 * kibibyte,
  apns: 4 * kibibyte,
  baidu: 4 * kibibyte,
  browser: 4 * kibibyte,
  fcmv1: 4 * kibibyte,
  gcm: 4 * kibibyte,
  wns: 4 * kibibyte,
  xiaomi: 4 * kibibyte,
};
const voipLimit = 5 * kibibyte;
const rawLimit = 5 * kibibyte;

const wnsTypes: ReadonlySet<string> = new Set(["wns/toast", "wns/tile", "wns/badge", "wns/raw"]);

/** Returns the outcome if the platform would refuse this payload, or undefined if it would accept it. */
export function payloadRefusal(
  platform: PlatformName,
  headers: PushHeaders,
  body: string,
): OutcomeName | undefined {
  if (Buffer.byteLength(body) > limitOf(platform, headers)) return "InvalidNotificationSize";
  return isValid(platform, headers, body) ? undefined : "PnsInterfaceError";
}

function limitOf(platform: PlatformName, headers: PushHeaders): number {
  if (platform === "wns" && headers["x-wns-type"] === "wns/raw") return rawLimit;
  if (platform === "apns" && headers["apns-push-type"] === "voip") return voipLimit;
  return limits[platform];
}

function isValid(platform: PlatformName, headers: PushHeaders, body: string): boolean {
  switch (platform) {
    case "wns":
      return isValidForWindows(headers, body);
    case "apns":
      return isValidForApple(headers, body);
    case "fcmv1":
      return isValidForFirebase(body);
    case "browser":
      return true;
    case "adm":
    case "baidu":
    case "gcm":
    case "xiaomi":
      return isJsonObject(parseJson(body));
  }
}

/** https://learn.microsoft.com/windows/apps/develop/notifications/push-notifications/push-request-response-headers */
function isValidForWindows(headers: PushHeaders, body: string): boolean {
  const type = headers["x-wns-type"] ?? "";
  if (!wnsTypes.has(type)) return false;
  if ((headers["x-wns-tag"] ?? "").length > 16) return false;
  if (type === "wns/raw") return true;
  const parsed = parseXml(body);
  return parsed.kind === "xml" && `wns/${parsed.root.name}` === type;
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

/** https://developer.apple.com/documentation/usernotifications/sending-notification-requests-to-apns */
function isValidForApple(headers: PushHeaders, body: string): boolean {
  return (
    isJsonObject(parseJson(body)) &&
    apnsPushTypes.has(headers["apns-push-type"] ?? "alert") &&
    ["1", "5", "10"].includes(headers["apns-priority"] ?? "10") &&
    /^\d+$/.test(headers["apns-expiration"] ?? "0") &&
    Buffer.byteLength(headers["apns-collapse-id"] ?? "") <= 64
  );
}

/** https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages */
function isValidForFirebase(body: string): boolean {
  const envelope = parseJson(body);
  const message = isJsonObject(envelope) ? envelope["message"] : undefined;
  if (!isJsonObject(message)) return false;
  const { data = {}, notification = {} } = message;
  return isObjectOfStrings(data) && isObjectOfStrings(notification);
}
