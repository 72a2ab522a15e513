import { randomUUID } from "node:crypto";
import { isoNow } from "../clock.ts";
import { type Hub, whetherOutlived } from "../hub.ts";
import { handleText, type Registration } from "../registrations/registration.ts";
import type { PlatformName } from "../registrations/registrationKinds.ts";
import { hasTag } from "../registrations/registrationStore.ts";
import { renderTemplate } from "../templates/template.ts";
import { withoutHandles } from "./expiredHandles.ts";
import { countOutcomes, type DeviceOutcome } from "./outcomes.ts";
import { type PushHeaders, payloadRefusal } from "./payloadRules.ts";
import { candidates, matches, type TagExpression } from "./tagExpression.ts";

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

type Target = Omit<DeviceOutcome, "outcome" | "reason" | "rule">;

export interface Sent {
  readonly notificationId: string;
  /** When the hub accepted and processed it, as an ISO time. */
  readonly at: string;
  readonly outcomes: readonly DeviceOutcome[];
}

/** The maximum number of devices of a test send: a limit of the service. */
export const maxTestDevices = 10;

/** How long a send to many devices works before other requests get their turn, in milliseconds. */
const sliceMs = 10;

/**
 * Sends to the registrations of the notification's kind that match the expression, or to all without one. Returns a
 * promise if that takes more than one slice.
 *
 * @param tags the text of the expression
 * @param limit the maximum number of devices
 */
export function sendToRegistrations(
  hub: Hub,
  notification: Notification,
  expression: TagExpression | undefined,
  tags: string | undefined,
  limit = Number.POSITIVE_INFINITY,
): Sent | Promise<Sent> {
  const sending = begin(hub);
  const outcomes: DeviceOutcome[] = [];
  const { registrations } = hub.state;
  const some =
    (expression && candidates(expression, registrations.withTag)) ??
    Array.from(registrations.all());
  let next = 0;

  /** Returns whether all is done. */
  function work(): boolean {
    const until = performance.now() + sliceMs;
    const first = outcomes.length;
    while (next < some.length && outcomes.length < limit) {
      // The clock is not free either.
      if (next % 64 === 63 && performance.now() > until) break;
      const registration = registrations.get(some[next]?.registrationId ?? "");
      next++;
      if (registration === undefined) continue;
      if (expression && !matches(expression, (tag) => hasTag(registration, tag))) continue;
      const payload = payloadFor(registration, notification);
      if (payload === undefined) continue;
      const { platform, registrationId } = registration;
      const target = { platform, handle: handleText(registration), registrationId };
      outcomes.push(push(hub, sending, target, payload));
    }
    forgetExpired(hub, sending, first === 0 ? outcomes : outcomes.slice(first));
    return next >= some.length || outcomes.length >= limit;
  }

  const finished = (): Sent => finish(hub, notification, tags, { ...sending, outcomes });
  if (work()) return finished();
  const isOutlived = whetherOutlived(hub);
  return new Promise((resolve, reject) => {
    const goOn = (): void => {
      try {
        if (isOutlived()) reject(new Outlived());
        else if (work()) resolve(finished());
        else setImmediate(goOn);
      } catch (error) {
        reject(error);
      }
    };
    setImmediate(goOn);
  });
}

/** The hub was reset or stopped in the middle of a send. */
export class Outlived extends Error {}

/** Sends to one device by its handle, registered or not. */
export function sendToHandle(hub: Hub, notification: NativeNotification, handle: string): Sent {
  const sending = begin(hub);
  const target = { platform: notification.platform, handle, registrationId: null };
  const outcomes = [push(hub, sending, target, notification)];
  forgetExpired(hub, sending, outcomes);
  return finish(hub, notification, undefined, { ...sending, outcomes });
}

const idPrefix = randomUUID().replaceAll("-", "");
let sentCount = 0;

type Sending = Omit<Sent, "outcomes">;

/** Chooses the notification's id, in the form of the service's version. */
function begin({ service }: Hub): Sending {
  const at = isoNow();
  sentCount++;
  const digits = `${at.slice(0, 4)}${at.slice(5, 7)}${at.slice(8, 10)}${at.slice(11, 13)}${at.slice(14, 16)}${at.slice(17, 19)}`;
  const count = sentCount.toString(16).padStart(8, "0");
  const notificationId =
    service === "2022"
      ? `${idPrefix}-${digits}-${sentCount}-1`
      : `NH-${digits}-${idPrefix.slice(0, 24)}${count}-01`;
  return { notificationId, at };
}

/** Stores the notification. */
function finish(
  hub: Hub,
  { format, body }: Notification,
  tags: string | undefined,
  sent: Sent,
): Sent {
  const { notificationId, at, outcomes } = sent;
  const counts = countOutcomes(outcomes);
  hub.sent.add({ notificationId, at, format, tags, body, counts });
  return sent;
}

/** Adds feedback about expired handles and deletes their registrations. */
function forgetExpired(
  hub: Hub,
  { notificationId, at }: Sending,
  outcomes: readonly DeviceOutcome[],
): void {
  const expired = outcomes.filter(({ outcome }) => outcome === "ExpiredChannel");
  if (expired.length === 0) return;
  for (const { platform, handle, registrationId } of expired) {
    const error = "ExpiredChannel";
    hub.feedback.add({ at, platform, handle, registrationId, notificationId, error });
  }
  hub.state.commit(withoutHandles(hub.state, expired));
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
  const refusal = refusalOf(hub, target, headers, body);
  if (refusal !== undefined) return { platform, handle, registrationId, ...refusal };
  hub.deliveries.add({ at, platform, handle, registrationId, headers, body, notificationId });
  return { platform, handle, registrationId, outcome: "Success" };
}

/** Returns why the push service refuses the payload, or undefined. */
function refusalOf(
  hub: Hub,
  { platform, handle }: Target,
  headers: PushHeaders,
  body: string,
): Omit<DeviceOutcome, keyof Target> | undefined {
  const device = hub.devices.get(handle, platform);
  if (device.state === "expired") {
    return { outcome: "ExpiredChannel", reason: "The handle is expired" };
  }
  if (platform === "apns" && (device.environment ?? hub.apnsEnvironment) !== hub.apnsEnvironment) {
    return {
      outcome: "WrongToken",
      reason: `The handle is of Apple's ${device.environment} and the hub's credentials are for ${hub.apnsEnvironment}`,
    };
  }
  return payloadRefusal(platform, headers, body);
}
