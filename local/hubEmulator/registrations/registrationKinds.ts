/** A push service, with all its names in Notification Hubs. */
export interface Platform {
  /** The name in a registration element: `Apple` in `AppleTemplateRegistrationDescription`. */
  readonly kind: string;
  /** The name in the header `ServiceBusNotification-Format` and in the results of a test send. */
  readonly format: string;
  /** The elements with a registration's handle. The hub looks registrations up by the first one. */
  readonly handleElements: readonly [string, ...string[]];
  /** The element of one push service header in a template registration, if the platform has headers. */
  readonly headerElement?: string;
  /** The element of the platform's counts in the notification details. */
  readonly outcomeCounts: string;
}

/** Every platform, keyed by its name in installations. */
export const platforms = {
  adm: {
    kind: "Adm",
    format: "adm",
    handleElements: ["AdmRegistrationId"],
    outcomeCounts: "AdmOutcomeCounts",
  },
  apns: {
    kind: "Apple",
    format: "apple",
    handleElements: ["DeviceToken"],
    headerElement: "ApnsHeader",
    outcomeCounts: "ApnsOutcomeCounts",
  },
  baidu: {
    kind: "Baidu",
    format: "baidu",
    handleElements: ["BaiduChannelId", "BaiduUserId"],
    outcomeCounts: "BaiduOutcomeCounts",
  },
  browser: {
    kind: "Browser",
    format: "browser",
    handleElements: ["Endpoint", "P256DH", "Auth"],
    outcomeCounts: "BrowserOutcomeCounts",
  },
  fcmv1: {
    kind: "FcmV1",
    format: "fcmv1",
    handleElements: ["FcmV1RegistrationId"],
    outcomeCounts: "FcmV1OutcomeCounts",
  },
  gcm: {
    kind: "Gcm",
    format: "gcm",
    handleElements: ["GcmRegistrationId"],
    outcomeCounts: "GcmOutcomeCounts",
  },
  mpns: {
    kind: "Mpns",
    format: "windowsphone",
    handleElements: ["ChannelUri"],
    headerElement: "MpnsHeader",
    outcomeCounts: "MpnsOutcomeCounts",
  },
  wns: {
    kind: "Windows",
    format: "windows",
    handleElements: ["ChannelUri"],
    headerElement: "WnsHeader",
    outcomeCounts: "WnsOutcomeCounts",
  },
  xiaomi: {
    kind: "Xiaomi",
    format: "xiaomi",
    handleElements: ["XiaomiRegistrationId"],
    outcomeCounts: "XiaomiOutcomeCounts",
  },
} as const satisfies Readonly<Record<string, Platform>>;

export type PlatformName = keyof typeof platforms;

export function isPlatformName(name: string): name is PlatformName {
  return Object.hasOwn(platforms, name);
}

export function platformOf(name: PlatformName): Platform {
  return platforms[name];
}

const names = Object.keys(platforms).filter(isPlatformName);
const byFormat = new Map<string, PlatformName>(names.map((name) => [platforms[name].format, name]));

/** @param format the value of `ServiceBusNotification-Format`, in lower case */
export function platformOfFormat(format: string): PlatformName | undefined {
  return byFormat.get(format);
}

export interface RegistrationKind {
  readonly platform: PlatformName;
  readonly template: boolean;
}

const byElement = new Map<string, RegistrationKind>(
  names.flatMap((platform) => [
    [elementOf({ platform, template: false }), { platform, template: false }],
    [elementOf({ platform, template: true }), { platform, template: true }],
  ]),
);

export function kindOfElement(element: string): RegistrationKind | undefined {
  return byElement.get(element);
}

/** Returns the name of the element that describes a registration of this kind. */
export function elementOf({ platform, template }: RegistrationKind): string {
  return `${platforms[platform].kind}${template ? "Template" : ""}RegistrationDescription`;
}
