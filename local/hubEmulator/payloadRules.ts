import type { OutcomeName } from "./outcomes.ts";
import type { PlatformName } from "./registrationKinds.ts";
import { parseXml } from "./xml.ts";

/** Headers for the push service, by their names in lower case. */
export type PushHeaders = Readonly<Record<string, string>>;

const kibibyte = 1_024;

/** What a payload may weigh, in bytes of UTF-8. */
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

/** The outcome that a platform's refusal of this payload gives, or undefined where it would take it. */
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
      return (
        jsonObject(body) !== undefined &&
        Buffer.byteLength(headers["apns-collapse-id"] ?? "") <= 64 &&
        ["1", "5", "10"].includes(headers["apns-priority"] ?? "10")
      );
    case "fcmv1":
      return isValidForFirebase(body);
    case "browser":
      return true;
    case "adm":
    case "baidu":
    case "gcm":
    case "xiaomi":
      return jsonObject(body) !== undefined;
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

/** https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages */
function isValidForFirebase(body: string): boolean {
  const message = asObject(jsonObject(body)?.["message"]);
  if (message === undefined) return false;
  const { data, notification } = message;
  return (
    (data === undefined || isObjectOf("string", data)) &&
    (notification === undefined || isObjectOf("string", notification))
  );
}

function isObjectOf(type: "string", value: unknown): boolean {
  const object = asObject(value);
  return object !== undefined && Object.values(object).every((member) => typeof member === type);
}

function jsonObject(body: string): Record<string, unknown> | undefined {
  try {
    return asObject(JSON.parse(body));
  } catch {
    return undefined;
  }
}

function asObject(value: unknown): Record<string, unknown> | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value))
    : undefined;
}
