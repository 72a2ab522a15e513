import { isJsonObject, parseJson } from "../formats/json.ts";
import type { Hub } from "../hub.ts";
import { canonicalHandle } from "../registrations/registration.ts";
import { platformOfFormat } from "../registrations/registrationKinds.ts";
import { notificationDetails, notificationOutcome } from "../sending/outcomes.ts";
import {
  maxTestDevices,
  type Notification,
  type Sent,
  sendToHandle,
  sendToRegistrations,
} from "../sending/sending.ts";
import { parseTagExpression, type TagExpression } from "../sending/tagExpression.ts";
import { type Answer, notFound, refuse } from "../server/answer.ts";
import { type HubRequest, header } from "../server/request.ts";
import { sendRecord } from "../world/requests.ts";
import { addressOf } from "./registrationRoutes.ts";

/** `POST /messages`: sends by tag expression or to all; `direct`: to a handle; `test`: to at most 10. */
export function send(hub: Hub, request: HubRequest): Answer | Promise<Answer> {
  const format = header(request.headers, "servicebusnotification-format");
  if (format === undefined) return refuse(400, "ServiceBusNotification-Format is missing");
  if (request.body === "") return refuse(400, "The notification has no body");
  const notification = readNotification(request, format);
  if (typeof notification === "string") return refuse(400, notification);
  return request.query.has("direct")
    ? sendDirect(hub, request, notification)
    : sendByTag(hub, request, notification);
}

function sendByTag(
  hub: Hub,
  request: HubRequest,
  notification: Notification,
): Answer | Promise<Answer> {
  const text = header(request.headers, "servicebusnotification-tags")?.trim();
  const tags = text === "" ? undefined : text;
  let expression: TagExpression | undefined;
  if (tags !== undefined) {
    const parsed = parseTagExpression(tags);
    if (parsed.kind === "malformed") return refuse(400, parsed.detail);
    expression = parsed.expression;
  }
  const isTest = request.query.has("test");
  const limit = isTest ? maxTestDevices : undefined;
  const answer = (sent: Sent): Answer =>
    isTest
      ? tested(request, notification, sent, tags)
      : accepted(request, notification, sent, tags);
  const sent = sendToRegistrations(hub, notification, expression, tags, limit);
  return sent instanceof Promise ? sent.then(answer) : answer(sent);
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
  const sent = sendToHandle(hub, notification, canonicalHandle(platform, handle));
  return accepted(request, notification, sent, undefined);
}

function accepted(
  request: HubRequest,
  { format }: Notification,
  { notificationId, outcomes }: Sent,
  tags: string | undefined,
): Answer {
  return {
    status: 201,
    about: { notificationId, send: sendRecord(format, tags, outcomes) },
    headers: { location: addressOf(request, "messages", notificationId) },
  };
}

/** Answers a test send. */
function tested(
  request: HubRequest,
  notification: Notification,
  sent: Sent,
  tags: string | undefined,
): Answer {
  const { headers, ...answer } = accepted(request, notification, sent, tags);
  return {
    ...answer,
    headers: { ...headers, "content-type": "application/xml; charset=utf-8" },
    body: notificationOutcome(sent.outcomes),
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

const pushHeader =
  /^(?:x-wns-|apns-|x-amzn-)|^(?:ttl|topic|urgency|x-windowsphone-target|x-notificationclass|x-messageid)$/;

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
  if (notification === undefined) return notFound(hub, "The notification does not exist");
  const { notificationId } = notification;
  const address = addressOf(request, "messages", notificationId);
  return {
    status: 200,
    about: { notificationId },
    headers: { "content-type": "application/xml; charset=utf-8" },
    body: notificationDetails(notification, address),
  };
}

/** `GET /feedbackcontainer`: returns the address of the platform feedback, which is a JSON list here. */
export function feedbackContainer(hub: Hub, request: HubRequest): Answer {
  return {
    status: 200,
    headers: { "content-type": "text/plain; charset=utf-8" },
    body: `${request.scheme}://${request.host}/${hub.name}/_emulator/feedback`,
  };
}
