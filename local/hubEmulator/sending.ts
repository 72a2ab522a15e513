import { randomUUID } from "node:crypto";
import { withoutHandles } from "./expiredHandles.ts";
import type { Hub } from "./hub.ts";
import { countOutcomes, type DeviceOutcome, type OutcomeName } from "./outcomes.ts";
import { type PushHeaders, payloadRefusal } from "./payloadRules.ts";
import { handleText, type Registration } from "./registration.ts";
import type { PlatformName } from "./registrationKinds.ts";
import { candidates, matches, type TagExpression } from "./tagExpression.ts";
import { renderTemplate } from "./template.ts";

/** A notification to send. `format` is in lower case. `body` is the client's text, unchanged. */
export type Notification = NativeNotification | TemplateNotification;

export interface NativeNotification {
  readonly kind: "native";
  readonly format: string;
  readonly platform: PlatformName;
  readonly headers: PushHeaders;
  readonly body: string;
}

export interface TemplateNotification {
  readonly kind: "template";
  readonly format: string;
  /** Keyed by name in lower case. */
  readonly properties: ReadonlyMap<string, string>;
  readonly body: string;
}

/** The data that a push service receives for one device. */
interface Payload {
  readonly headers: PushHeaders;
  readonly body: string;
}

type Target = Omit<DeviceOutcome, "outcome">;

export interface Sent {
  readonly notificationId: string;
  /** When the hub accepted and processed it, as an ISO time. */
  readonly at: string;
  readonly outcomes: readonly DeviceOutcome[];
}

/** The maximum number of devices of a test send: a limit of the service. */
export const maxTestDevices = 10;

/**
 * Sends to the registrations of the notification's kind that match the expression, or to all without one.
 *
 * @param limit the maximum number of devices
 */
export function sendToRegistrations(
  hub: Hub,
  notification: Notification,
  expression: TagExpression | undefined,
  limit = Number.POSITIVE_INFINITY,
): Sent {
  const sending = begin();
  const outcomes: DeviceOutcome[] = [];
  for (const registration of matching(hub, expression)) {
    if (outcomes.length === limit) break;
    const payload = payloadFor(registration, notification);
    if (payload === undefined) continue;
    const { platform, registrationId } = registration;
    const target = { platform, handle: handleText(registration), registrationId };
    outcomes.push(push(hub, sending, target, payload));
  }
  return finish(hub, notification, { ...sending, outcomes });
}

/** Sends to one device by its handle, registered or not. */
export function sendToHandle(hub: Hub, notification: NativeNotification, handle: string): Sent {
  const sending = begin();
  const target = { platform: notification.platform, handle, registrationId: null };
  const outcomes = [push(hub, sending, target, notification)];
  return finish(hub, notification, { ...sending, outcomes });
}

const idPrefix = randomUUID().replaceAll("-", "");
let sentCount = 0;

type Sending = Omit<Sent, "outcomes">;

function begin(): Sending {
  const at = new Date().toISOString();
  sentCount++;
  const digits = at.slice(0, 19).replace(/\D/g, "");
  return { notificationId: `${idPrefix}-${digits}-${sentCount}-1`, at };
}

/** Stores the notification, adds feedback about expired handles and deletes their registrations. */
function finish(hub: Hub, { format, body }: Notification, sent: Sent): Sent {
  const { notificationId, at, outcomes } = sent;
  hub.sent.add({ notificationId, at, format, body, counts: countOutcomes(outcomes) });
  const expired = outcomes.filter(({ outcome }) => outcome === "ExpiredChannel");
  if (expired.length === 0) return sent;
  for (const { platform, handle, registrationId } of expired) {
    const error = "ExpiredChannel";
    hub.feedback.add({ at, platform, handle, registrationId, notificationId, error });
  }
  hub.state.commit(withoutHandles(hub.state, expired));
  return sent;
}

function* matching(hub: Hub, expression: TagExpression | undefined): Iterable<Registration> {
  const { registrations } = hub.state;
  if (expression === undefined) {
    yield* registrations.all();
    return;
  }
  for (const registration of candidates(expression, registrations.withTag) ?? registrations.all()) {
    const has = (tag: string): boolean => registrations.withTag(tag).has(registration);
    if (matches(expression, has)) yield registration;
  }
}

/** Returns the payload for a registration, or undefined if the notification is not for its kind. */
function payloadFor(registration: Registration, notification: Notification): Payload | undefined {
  const { platform, template } = registration;
  if (notification.kind === "native") {
    return template === undefined && platform === notification.platform ? notification : undefined;
  }
  return template && renderTemplate(template, withPushVariables(notification, registration));
}

function withPushVariables(
  { properties }: TemplateNotification,
  { pushVariables }: Registration,
): ReadonlyMap<string, string> {
  if (pushVariables === undefined) return properties;
  const variables: Readonly<Record<string, string>> = JSON.parse(pushVariables);
  const own = Object.entries(variables).map(
    ([name, value]) => [name.toLowerCase(), value] as const,
  );
  return new Map([...own, ...properties]);
}

/** Simulates a push service, which accepts or refuses one payload for one device. */
function push(
  hub: Hub,
  { notificationId, at }: Sending,
  target: Target,
  { headers, body }: Payload,
): DeviceOutcome {
  const { platform, handle, registrationId } = target;
  const outcome = pushServiceOutcome(hub, target, headers, body);
  if (outcome === "Success") {
    hub.deliveries.add({ at, platform, handle, registrationId, headers, body, notificationId });
  }
  return { platform, handle, registrationId, outcome };
}

function pushServiceOutcome(
  hub: Hub,
  { platform, handle }: Target,
  headers: PushHeaders,
  body: string,
): OutcomeName {
  const device = hub.devices.get(handle);
  if (device.state === "expired") return "ExpiredChannel";
  if (platform === "apns" && (device.environment ?? hub.apnsEnvironment) !== hub.apnsEnvironment) {
    return "WrongToken";
  }
  return payloadRefusal(platform, headers, body) ?? "Success";
}
