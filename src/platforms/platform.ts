import type {
  Notification as HubNotification,
  NotificationDetails,
  NotificationOutcome,
  RegistrationDescription,
} from "@azure/notification-hubs";
import type { Content } from "./content.ts";

/** A platform: a push service, and how the hub, clients and payloads speak of it. */
export interface PlatformEntry {
  /** Other names that clients may write, from the tutorial. */
  readonly aliases: readonly string[];
  /** How a client gives the address of a device. */
  readonly handle: {
    /** The member of the request's body. */
    readonly member: string;
    /** What it must be, as the end of a sentence. */
    readonly shape: string;
    /** Returns the handle as the hub stores it, or undefined if it is none. */
    readonly read: (text: string) => string | undefined;
  };
  /** How the hub speaks of it. The SDK's functions for this do no more, and would be loaded at start. */
  readonly hub: {
    /** The name of the handle in the hub's filters. */
    readonly filterMember: string;
    readonly registration: (handle: string, tags: string[]) => RegistrationDescription;
    /** Returns the handle of a registration, or undefined if it is of another platform or kind. */
    readonly handleOf: (registration: RegistrationDescription) => string | undefined;
    readonly notification: (payload: WrittenPayload) => HubNotification;
    /** Returns what became of a notification, by outcome. */
    readonly outcomes: (details: NotificationDetails) => readonly NotificationOutcome[] | undefined;
  };
  /** The largest payload through the hub, in bytes of UTF-8. */
  readonly largest: number;
  readonly write: (content: Content, terms: Terms) => Writing;
  /** What a message may say of its payload beside what every platform has. */
  readonly patch: {
    /** What it must be, as the end of a sentence. */
    readonly shape: string;
    /** Returns what is wrong, as a sentence, or undefined. */
    readonly faultOf: (patch: string | object) => string | undefined;
    readonly apply: (body: string, patch: string | object) => string;
  };
}

/** A payload in a platform's format. */
export interface WrittenPayload {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** How a platform's payload is written. */
export interface Writing {
  readonly headers: Readonly<Record<string, string>>;
  /** Returns the payload with a text that may have been cut. */
  readonly body: (text: string) => string;
  /** Escapes a text as `body` does. A text escaped in pieces is the same as one escaped as a whole. */
  readonly escapeText: (text: string) => string;
  /** What the platform takes as another notification. If it fails, it is not repeated. */
  readonly besides?: WrittenPayload;
}

/** What a notification depends on beside its content. */
export interface Terms {
  /** By which a repeated notification replaces the earlier copy on the device: 16 letters and digits. */
  readonly key: string;
  /** The notification's own id. */
  readonly id: string;
  /** When it expires, if the content says so. */
  readonly expiry?: Expiry;
  /** Whether Apple's alert has the title. Otherwise it is the text alone, as the tutorial's app expects. */
  readonly appleTitle: boolean;
  readonly settings: PayloadSettings;
}

export interface Expiry {
  /** In whole seconds since 1970; 0 if it is not to be kept at all. */
  readonly at: number;
  /** In whole seconds from now. */
  readonly left: number;
}

/** What a product changes of its payloads without code. Without any of it, they are the tutorial's. */
export interface PayloadSettings {
  /** Whether Apple's alert of a row is a dictionary with title and body. A message's always is. */
  readonly appleTitle?: boolean;
  /** The sound on Apple's devices: `default`, or the name of a file in the app. */
  readonly appleSound?: string;
  /** Whether Apple's payload has what Firebase's packages on iPhones ask for. */
  readonly appleFirebase?: boolean;
  /** The id of the notification channel on Android. */
  readonly androidChannel?: string;
}
