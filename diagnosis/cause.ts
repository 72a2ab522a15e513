/** Why a notification did not arrive: what is so, and what to do. `npm run why` and the Device Lab say the same. */
export interface Cause {
  readonly sentence: string;
  readonly remedy: string;
}

/** The causes, in the order in which they count: an earlier one hides the later ones. */
export const causes = {
  settings: {
    sentence: "The app's settings are wrong, so it does not load.",
    remedy: "Correct each setting that is named.",
  },
  noProvider: {
    sentence: "The app has no sign-in provider of this name, so no user has this id.",
    remedy: "Use one of the names that the settings give, as in Auth__local__issuer: local:alice.",
  },
  storageRefuses: {
    sentence: "Storage refuses these credentials.",
    remedy: "Correct AzureWebJobsStorage, or give the identity its roles on the storage account.",
  },
  storageDown: {
    sentence: "Storage is unreachable.",
    remedy: "Check AzureWebJobsStorage and the network. The app tries by itself.",
  },
  hubRefuses: {
    sentence: "The hub refuses the app's credentials, or does not exist.",
    remedy:
      "Correct NotificationHub__connectionString and NotificationHub__name. The policy needs Manage, Listen and Send.",
  },
  hubDown: {
    sentence: "The hub is unreachable or busy.",
    remedy: "Nothing: what waits is sent by itself for a day, once the hub works again.",
  },
  itemAbsent: {
    sentence: "There is no such item, so nothing is announced.",
    remedy: "Check the id, and whether the insert was answered with 201. It may have been deleted.",
  },
  itemOfAnother: {
    sentence: "The item belongs to another user, whose devices are notified.",
    remedy: "Check with whose token the app inserts. A user's id is <provider>:<subject>.",
  },
  notAnnounced: {
    sentence: "The item's table announces nothing of this item.",
    remedy: "Look at announceInsert of the table's definition in src/tables/.",
  },
  messageAbsent: {
    sentence: "There is no such message.",
    remedy: "Check the id, and whether the backend's request was answered with 202.",
  },
  otherAudience: {
    sentence: "The message is not for this user.",
    remedy: "Check `to` of the message, and the topics of the user's devices.",
  },
  payloadRefused: {
    sentence: "The hub or the platform refuses the notification's payload.",
    remedy:
      "Look at the payload of src/delivery/payload.ts against the platform's rules. What the hub refused is on the poison queue: npm run redrive.",
  },
  poisoned: {
    sentence: "The notification was given up, and is on the poison queue.",
    remedy: "Remove the reason, and put it back: npm run redrive -- --yes",
  },
  noDevice: {
    sentence: "The user has no registered device.",
    remedy:
      "The app must get 200 from POST /api/register_notifications, with a token of the same user.",
  },
  platformOff: {
    sentence: "The app does not send to the platform of a device of the user.",
    remedy: "Add the platform to Push__platforms, and its credentials to the hub.",
  },
  platformCredentials: {
    sentence: "The platform refuses the hub's credentials.",
    remedy: "Renew the platform's credentials in the hub.",
  },
  handleExpired: {
    sentence: "The device's handle has expired, and the hub has deleted the registration.",
    remedy: "The app must register at every start, with the newest handle.",
  },
  wrongEnvironment: {
    sentence:
      "The platform does not know the device's handle. On an iPhone, it is most often of APNs' other environment.",
    remedy:
      "An app from Xcode has sandbox handles, one from TestFlight or the App Store production ones. APNS_ENVIRONMENT must match.",
  },
  platformRefuses: {
    sentence: "The platform refuses the notification.",
    remedy: "Look at what the platform says of each device.",
  },
  waits: {
    sentence: "The notification may still wait on the queue.",
    remedy: "Nothing: it is sent by itself. The log says what it waits for.",
  },
} as const satisfies Readonly<Record<string, Cause>>;

export type CauseName = keyof typeof causes;

/** What is said if no cause is found. */
export const noCause: Cause = {
  sentence: "Nothing is wrong that can be seen from here.",
  remedy:
    "Look on the device: the permission to notify, focus modes, the notification channel. With --send-test, the platforms say what they do with a notification.",
};

/** Returns the cause that counts most, or undefined if there is none. */
export function firstCause(found: Iterable<CauseName>): CauseName | undefined {
  const all: ReadonlySet<string> = new Set(found);
  return Object.keys(causes).find((name): name is CauseName => all.has(name));
}

/** Returns the cause for a status of the hub. `undefined`: there was no answer. */
export function causeOfHubStatus(status: number | undefined): CauseName {
  if (status === 400 || status === 413) return "payloadRefused";
  return status === 401 || status === 403 || status === 404 ? "hubRefuses" : "hubDown";
}

/**
 * Returns the cause for what the hub says of one device, or undefined if the platform took the notification.
 *
 * @param outcome the name of a count in the hub's telemetry, or the sentence of a test send
 * (https://learn.microsoft.com/rest/api/notificationhubs/get-notification-message-telemetry)
 */
export function causeOfOutcome(outcome: string): CauseName | undefined {
  if (/^success$|successfully|^skipped$/i.test(outcome)) return undefined;
  if (/token provider|credential/i.test(outcome)) return "platformCredentials";
  if (/expired/i.test(outcome)) return "handleExpired";
  if (/notargets/i.test(outcome)) return undefined;
  if (/wrongtoken|wrongchannel|badchannel|handle.*(invalid|wrong)|device ?token/i.test(outcome)) {
    return "wrongEnvironment";
  }
  if (/size|too large|format/i.test(outcome)) return "payloadRefused";
  return "platformRefuses";
}
