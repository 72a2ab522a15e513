import { randomUUID } from "node:crypto";
import { withoutHandles } from "./expiredHandles.ts";
import type { Hub } from "./hub.ts";
import type { DeviceOutcome, OutcomeName } from "./outcomes.ts";
import { type PushHeaders, payloadRefusal } from "./payloadRules.ts";
import { handleText, type Registration } from "./registration.ts";
import type { PlatformName } from "./registrationKinds.ts";
import { candidates, matches, type TagExpression } from "./tagExpression.ts";
import { renderTemplate } from "./template.ts";

/** What a client wants sent. */
export type Notification =
  | {
      readonly kind: "native";
      readonly platform: PlatformName;
      readonly headers: PushHeaders;
      readonly body: string;
    }
  /** `properties` by their names in lower case. */
  | { readonly kind: "template"; readonly properties: ReadonlyMap<string, string> };

/** One device that a notification goes to. */
interface Target {
  readonly platform: PlatformName;
  readonly handle: string;
  readonly registrationId: string | null;
}

export interface Sent {
  readonly notificationId: string;
  readonly outcomes: readonly DeviceOutcome[];
}

/** The devices that a test send goes to, at most: a limit of the service. */
export const maxTestDevices = 10;

/**
 * Sends to the registrations of the notification's kind that match, or to all where there is no expression.
 *
 * @param format the value of the format header, kept with the notification
 * @param limit the number of devices, at most
 */
export function sendToRegistrations(
  hub: Hub,
  notification: Notification,
  expression: TagExpression | undefined,
  kept: { readonly format: string; readonly body: string },
  limit = Number.POSITIVE_INFINITY,
): Sent {
  const { notificationId, at } = begin();
  const outcomes: DeviceOutcome[] = [];
  const push = createPush(hub, notificationId, at);
  for (const registration of matching(hub, expression)) {
    if (outcomes.length === limit) break;
    const { registrationId, platform, template } = registration;
    if (notification.kind === "native") {
      if (template !== undefined || platform !== notification.platform) continue;
      const target = { platform, handle: handleText(registration), registrationId };
      outcomes.push(push(target, notification.headers, notification.body));
    } else if (template !== undefined) {
      const target = { platform, handle: handleText(registration), registrationId };
      const rendered = renderTemplate(template, withPushVariables(notification, registration));
      outcomes.push(push(target, rendered.headers, rendered.body));
    }
  }
  return finish(hub, { notificationId, at, ...kept, outcomes });
}

/** Sends to one device by its handle, registered or not. */
export function sendToHandle(
  hub: Hub,
  notification: Extract<Notification, { kind: "native" }>,
  handle: string,
  kept: { readonly format: string; readonly body: string },
): Sent {
  const { notificationId, at } = begin();
  const { platform, headers, body } = notification;
  const push = createPush(hub, notificationId, at);
  const outcomes = [push({ platform, handle, registrationId: null }, headers, body)];
  return finish(hub, { notificationId, at, ...kept, outcomes });
}

const idPrefix = randomUUID().replaceAll("-", "");
let sentCount = 0;

function begin(): { readonly notificationId: string; readonly at: string } {
  const at = new Date().toISOString();
  sentCount++;
  const digits = at.slice(0, 19).replace(/\D/g, "");
  return { notificationId: `${idPrefix}-${digits}-${sentCount}-1`, at };
}

function finish(
  hub: Hub,
  sent: Sent & { readonly at: string; readonly format: string; readonly body: string },
): Sent {
  hub.sent.add(sent);
  const expired = sent.outcomes.filter(({ outcome }) => outcome === "ExpiredChannel");
  if (expired.length > 0) {
    for (const { platform, handle, registrationId } of expired) {
      const { at, notificationId } = sent;
      const error = "ExpiredChannel";
      hub.feedback.add({ at, platform, handle, registrationId, notificationId, error });
    }
    hub.state.commit(withoutHandles(hub.state, expired));
  }
  return sent;
}

function* matching(hub: Hub, expression: TagExpression | undefined): Iterable<Registration> {
  const { registrations } = hub.state;
  if (expression === undefined) {
    yield* registrations.all();
    return;
  }
  const some = candidates(expression, registrations.withTag);
  if (expression.kind === "tag" && some !== undefined) {
    yield* some;
    return;
  }
  for (const registration of some ?? registrations.all()) {
    if (matches(expression, (tag) => registrations.withTag(tag).has(registration)))
      yield registration;
  }
}

function withPushVariables(
  { properties }: Extract<Notification, { kind: "template" }>,
  { pushVariables }: Registration,
): ReadonlyMap<string, string> {
  if (pushVariables === undefined) return properties;
  const variables: Readonly<Record<string, string>> = JSON.parse(pushVariables);
  const own = Object.entries(variables).map(
    ([name, value]) => [name.toLowerCase(), value] as const,
  );
  return new Map([...own, ...properties]);
}

/** The push services: take or refuse one payload for one device. */
function createPush(
  hub: Hub,
  notificationId: string,
  at: string,
): (target: Target, headers: PushHeaders, body: string) => DeviceOutcome {
  return (target, headers, body) => {
    const { platform, handle, registrationId } = target;
    const outcome = pushServiceOutcome(hub, target, headers, body);
    if (outcome === "Success") {
      hub.deliveries.add({ at, platform, handle, registrationId, headers, body, notificationId });
    }
    return { platform, handle, registrationId, outcome };
  };
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
