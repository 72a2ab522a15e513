import { type PlatformName, platformOf } from "./registrationKinds.ts";

/** What a registration says, apart from what the hub gives it. */
export interface RegistrationContent {
  readonly platform: PlatformName;
  /** By the elements of `Platform.handleElements`. */
  readonly handle: Readonly<Record<string, string>>;
  readonly tags: readonly string[];
  /** A JSON object of strings, as text. */
  readonly pushVariables?: string;
  /** Absent in a native registration. */
  readonly template?: Template;
}

export interface Template {
  readonly body: string;
  readonly name?: string;
  /** A time, or a template expression that gives one; apns only. */
  readonly expiry?: string;
  /** Headers for the push service; a value may hold template expressions. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface Registration extends RegistrationContent {
  readonly registrationId: string;
  /** Counts up from 1 with every write. */
  readonly etag: number;
  /** The installation that it stands for a part of. */
  readonly installationId?: string;
}

/** The handle as one string, which is how direct sends, test results and deliveries name a device. */
export function handleText(content: Pick<RegistrationContent, "platform" | "handle">): string {
  const { handle, platform } = content;
  // The .NET SDK's form of a Baidu handle, for want of another source.
  if (platform === "baidu") return `${handle["BaiduUserId"]}-${handle["BaiduChannelId"]}`;
  return handle[platformOf(platform).handleElements[0]] ?? "";
}

/** The other way round: the handle's members, or undefined where the text can't be one. */
export function handleFromText(
  platform: Exclude<PlatformName, "browser">,
  text: string,
): Readonly<Record<string, string>> | undefined {
  if (text === "") return undefined;
  if (platform === "baidu") {
    const dash = text.indexOf("-");
    if (dash < 1 || dash === text.length - 1) return undefined;
    return { BaiduChannelId: text.slice(dash + 1), BaiduUserId: text.slice(0, dash) };
  }
  return { [platformOf(platform).handleElements[0]]: canonicalHandle(platform, text) };
}

/** As the hub keeps it: a device token of Apple's in upper case, any other handle as it is. */
export function canonicalHandle(platform: PlatformName, text: string): string {
  return platform === "apns" ? text.toUpperCase() : text;
}
