/** A push service, with the names that Notification Hubs has for it in every place. */
export interface Platform {
  /** In a registration's element: `Apple` in `AppleTemplateRegistrationDescription`. */
  readonly kind: string;
  /** In the header `ServiceBusNotification-Format` and in a test send's results. */
  readonly format: string;
  /** The elements that hold a registration's handle; the first is the one that others find it by. */
  readonly handleElements: readonly [string, ...string[]];
  /** The element of one push-service header in a template registration, where the platform has any. */
  readonly headerElement?: string;
  /** The element of its counts in a notification's details. */
  readonly outcomeCounts: string;
}

/**
 * Every platform, by its name in installations. Windows Phone (MPNS) is left out: its service is gone.
 */
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

/** The name of the element that describes a registration of this kind. */
export function elementOf({ platform, template }: RegistrationKind): string {
  return `${platforms[platform].kind}${template ? "Template" : ""}RegistrationDescription`;
}
