import type { Template } from "../templates/template.ts";
import { type PlatformName, platformOf } from "./registrationKinds.ts";

/** The part of a registration that the client sets. */
export interface RegistrationContent {
  readonly platform: PlatformName;
  /** The members of the handle, keyed by the names in `Platform.handleElements`. */
  readonly handle: Readonly<Record<string, string>>;
  readonly tags: readonly string[];
  /** The JSON text of an object of strings. */
  readonly pushVariables?: string;
  /** The name of a tile of the app, for wns and mpns. */
  readonly secondaryTileName?: string;
  /** Absent in a native registration. */
  readonly template?: Template;
}

export interface Registration extends RegistrationContent {
  readonly registrationId: string;
  /** Starts at 1 and increases with every write. */
  readonly etag: number;
  /** The id of the installation that this registration belongs to. */
  readonly installationId?: string;
}

/** Returns the handle as one string: the form in direct sends, test results and deliveries. */
export function handleText(content: Pick<RegistrationContent, "platform" | "handle">): string {
  const { handle, platform } = content;
  // The .NET SDK uses this form of a Baidu handle. No other source documents it.
  if (platform === "baidu") return `${handle["BaiduUserId"]}-${handle["BaiduChannelId"]}`;
  return handle[platformOf(platform).handleElements[0]] ?? "";
}

/** Returns the members of a handle that is given as text, or undefined if the text is not a valid handle. */
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

/**
 * Returns what the first member of a handle can be, by which the hub looks registrations up. A Baidu handle as text is
 * `user-channel`, and both can have a dash.
 */
export function firstMembers(platform: PlatformName, text: string): readonly string[] {
  if (platform !== "baidu") return [canonicalHandle(platform, text)];
  const dashes = [...text.matchAll(/-/g)].map(({ index }) => index);
  return dashes.map((dash) => text.slice(dash + 1)).filter((channel) => channel !== "");
}

/** Returns a handle in the form that the hub stores: Apple device tokens in upper case, others unchanged. */
export function canonicalHandle(platform: PlatformName, text: string): string {
  return platform === "apns" ? text.toUpperCase() : text;
}
