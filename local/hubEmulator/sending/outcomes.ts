import { LRUCache } from "lru-cache";
import { connectNamespaces } from "../formats/connectNamespaces.ts";
import { buildXml } from "../formats/xml.ts";
import { type PlatformName, platformOf } from "../registrations/registrationKinds.ts";

/**
 * The outcome of a notification for one device. Also the name of a count in the notification details. Source:
 * https://learn.microsoft.com/rest/api/notificationhubs/get-notification-message-telemetry
 */
export type OutcomeName =
  | "Success"
  | "ExpiredChannel"
  | "WrongToken"
  | "InvalidNotificationSize"
  | "PnsInterfaceError";

/** The outcomes as texts for the results of a test send. */
const outcomeTexts: Readonly<Record<OutcomeName, string>> = {
  Success: "The Notification was successfully sent to the Push Notification System",
  ExpiredChannel: "The Push Notification System handle for the registration is expired",
  WrongToken: "The Push Notification System handle for the registration is invalid",
  InvalidNotificationSize: "The Notification is too large for the Push Notification System",
  PnsInterfaceError: "The Push Notification System refused the Notification",
};

/** A device and the outcome of a notification for it. */
export interface DeviceOutcome {
  readonly platform: PlatformName;
  readonly handle: string;
  /** Null if the notification was sent directly to a handle. */
  readonly registrationId: string | null;
  readonly outcome: OutcomeName;
  /** Why the platform refused the notification, as a sentence without the full stop. */
  readonly reason?: string;
  /** Where the platform describes the rule that refused it. */
  readonly rule?: string;
}

/** The stored record of a notification. */
export interface SentNotification {
  readonly notificationId: string;
  /** When the hub accepted and processed it, as an ISO time. */
  readonly at: string;
  /** The value of its format header, in lower case. */
  readonly format: string;
  /** The tag expression. */
  readonly tags: string | undefined;
  readonly body: string;
  readonly counts: OutcomeCounts;
}

export type OutcomeCounts = ReadonlyMap<PlatformName, ReadonlyMap<OutcomeName, number>>;

export function countOutcomes(outcomes: readonly DeviceOutcome[]): OutcomeCounts {
  const counts = new Map<PlatformName, Map<OutcomeName, number>>();
  for (const { platform, outcome } of outcomes) {
    const ofPlatform = counts.get(platform) ?? new Map<OutcomeName, number>();
    counts.set(platform, ofPlatform.set(outcome, (ofPlatform.get(outcome) ?? 0) + 1));
  }
  return counts;
}

export interface SentNotifications {
  add(notification: SentNotification): void;
  get(notificationId: string): SentNotification | undefined;
  clear(): void;
}

/** How long the hub stores a notification, in milliseconds, and how many it stores. */
const keptFor = 60 * 60 * 1_000;
const maxKept = 10_000;

export function createSentNotifications(): SentNotifications {
  const kept = new LRUCache<string, SentNotification>({ max: maxKept, ttl: keptFor });
  return {
    get: (notificationId) => kept.get(notificationId),
    add: (notification) => void kept.set(notification.notificationId, notification),
    clear: () => kept.clear(),
  };
}

/** Returns the response body of a test send. */
export function notificationOutcome(outcomes: readonly DeviceOutcome[]): string {
  const successes = outcomes.filter(({ outcome }) => outcome === "Success").length;
  return buildXml({
    NotificationOutcome: {
      ...connectNamespaces,
      Success: successes,
      Failure: outcomes.length - successes,
      Results: {
        RegistrationResult: outcomes.map(({ platform, handle, registrationId, outcome }) => ({
          ApplicationPlatform: platformOf(platform).format,
          PnsHandle: handle,
          RegistrationId: registrationId ?? "",
          Outcome: outcomeTexts[outcome],
        })),
      },
    },
  });
}

/** The order of the counts, which .NET's reader needs. */
const countsOrder: readonly PlatformName[] = [
  "apns",
  "mpns",
  "wns",
  "gcm",
  "adm",
  "fcmv1",
  "baidu",
  "browser",
  "xiaomi",
];

/** Returns the details of a sent notification. */
export function notificationDetails(notification: SentNotification, address: string): string {
  const { notificationId, at, format, tags, body, counts } = notification;
  const elements = countsOrder.flatMap((platform) => {
    const ofPlatform = counts.get(platform);
    if (ofPlatform === undefined) return [];
    const outcomes = [...ofPlatform].map(([outcome, count]) => ({ Name: outcome, Count: count }));
    return [[platformOf(platform).outcomeCounts, { Outcome: outcomes }]];
  });
  const targets = [...counts.keys()].map((platform) =>
    format === "template" ? `${platformOf(platform).format}template` : format,
  );
  return buildXml({
    NotificationDetails: {
      ...connectNamespaces,
      NotificationId: notificationId,
      Location: address,
      State: counts.size === 0 ? "NoTargetFound" : "Completed",
      EnqueueTime: at,
      StartTime: at,
      EndTime: at,
      NotificationBody: body,
      Tags: tags,
      TargetPlatforms: targets.length === 0 ? format : targets.join(","),
      ...Object.fromEntries(elements),
    },
  });
}
