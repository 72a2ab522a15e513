import { type Answer, refuse } from "./answer.ts";
import type { Hub } from "./hub.ts";
import { isJsonObject, parseJson } from "./json.ts";
import { notificationDetails, notificationOutcome } from "./outcomes.ts";
import { canonicalHandle } from "./registration.ts";
import { platformOfFormat } from "./registrationKinds.ts";
import { addressOf } from "./registrationRoutes.ts";
import { type HubRequest, header } from "./request.ts";
import {
  maxTestDevices,
  type Notification,
  type Sent,
  sendToHandle,
  sendToRegistrations,
} from "./sending.ts";
import { parseTagExpression, type TagExpression } from "./tagExpression.ts";

/** `POST /messages`: sends by tag expression or to all; `direct`: to a handle; `test`: to at most 10. */
export function send(hub: Hub, request: HubRequest): Answer {
  const format = header(request.headers, "servicebusnotification-format");
  if (format === undefined) return refuse(400, "ServiceBusNotification-Format is missing");
  if (request.body === "") return refuse(400, "The notification has no body");
  const notification = readNotification(request, format);
  if (typeof notification === "string") return refuse(400, notification);
  return request.query.has("direct")
    ? sendDirect(hub, request, notification)
    : sendByTag(hub, request, notification);
}

function sendByTag(hub: Hub, request: HubRequest, notification: Notification): Answer {
  const text = header(request.headers, "servicebusnotification-tags");
  let expression: TagExpression | undefined;
  if (text !== undefined && text.trim() !== "") {
    const parsed = parseTagExpression(text);
    if (parsed.kind === "malformed") return refuse(400, parsed.detail);
    expression = parsed.expression;
  }
  if (!request.query.has("test")) {
    return accepted(request, sendToRegistrations(hub, notification, expression));
  }
  const sent = sendToRegistrations(hub, notification, expression, maxTestDevices);
  return {
    status: 201,
    headers: {
      "content-type": "application/xml; charset=utf-8",
      location: addressOf(request, "messages", sent.notificationId),
    },
    body: notificationOutcome(sent.outcomes),
  };
}

function sendDirect(hub: Hub, request: HubRequest, notification: Notification): Answer {
  if (notification.kind === "template") {
    return refuse(400, "A template notification can't be sent to a handle");
  }
  const handle = header(request.headers, "servicebusnotification-devicehandle");
  if (handle === undefined || handle === "") {
    return refuse(400, "ServiceBusNotification-DeviceHandle is missing");
  }
  const { platform } = notification;
  if (platform === "browser" && !(request.headers["auth"] && request.headers["p256dh"])) {
    return refuse(400, "Auth and P256DH are missing");
  }
  return accepted(request, sendToHandle(hub, notification, canonicalHandle(platform, handle)));
}

function accepted(request: HubRequest, { notificationId }: Sent): Answer {
  return {
    status: 201,
    headers: { location: addressOf(request, "messages", notificationId) },
  };
}

/** Returns the notification, or what is wrong with it. */
function readNotification(request: HubRequest, sentFormat: string): Notification | string {
  const format = sentFormat.toLowerCase();
  const { body } = request;
  if (format === "template") {
    const properties = readProperties(body);
    return properties === undefined
      ? "The body of a template notification must be a JSON object of strings"
      : { kind: "template", format, properties, body };
  }
  const platform = platformOfFormat(format);
  if (platform === undefined) return "ServiceBusNotification-Format is unknown";
  return { kind: "native", format, platform, headers: pushHeaders(request), body };
}

/** Returns the properties of a template notification, keyed by name in lower case. */
function readProperties(body: string): ReadonlyMap<string, string> | undefined {
  const value = parseJson(body);
  if (!isJsonObject(value)) return undefined;
  const properties = new Map<string, string>();
  for (const [name, property] of Object.entries(value)) {
    if (typeof property === "object" && property !== null) return undefined;
    properties.set(name.toLowerCase(), property === null ? "" : String(property));
  }
  return properties;
}

const pushHeader = /^(?:x-wns-|apns-|x-amzn-)|^(?:ttl|topic|urgency)$/;

const dotnetHeaders = new Map([
  ["servicebusnotification-apns-expiry", "apns-expiration"],
  ["x-apns-priority", "apns-priority"],
]);

/** Returns a date as Unix time in seconds, which Apple expects, and any other value unchanged. */
function inSeconds(value: string): string {
  const time = /^\d{4}-/.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(time) ? value : String(Math.floor(time / 1_000));
}

/** Returns the headers for the push service. */
function pushHeaders(request: HubRequest): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  for (const name of Object.keys(request.headers)) {
    if (pushHeader.test(name)) headers[name] = header(request.headers, name) ?? "";
    // The names of .NET's client.
    const own = dotnetHeaders.get(name);
    if (own !== undefined) headers[own] = inSeconds(header(request.headers, name) ?? "");
  }
  return headers;
}

/** `GET /messages/{id}` */
export function details(hub: Hub, request: HubRequest): Answer {
  const notification = hub.sent.get(request.segments[2] ?? "");
  if (notification === undefined) return refuse(404, "The notification does not exist");
  const address = addressOf(request, "messages", notification.notificationId);
  return {
    status: 200,
    headers: { "content-type": "application/xml; charset=utf-8" },
    body: notificationDetails(notification, address),
  };
}

/** `GET /feedbackcontainer`: returns the address of the platform feedback, which is a JSON list here. */
export function feedbackContainer(hub: Hub, request: HubRequest): Answer {
  return {
    status: 200,
    headers: { "content-type": "text/plain; charset=utf-8" },
    body: `${hub.scheme}://${request.host}/${hub.name}/_emulator/feedback`,
  };
}
