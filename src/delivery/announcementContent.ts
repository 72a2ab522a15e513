import * as v from "valibot";
import { faultOfText, pointerTo } from "../http/members.ts";
import { isJsonObject } from "../http/parseJson.ts";
import type { Fault } from "../http/problem.ts";
import { type Content, content } from "../platforms/content.ts";
import { platformEntries, platforms } from "../platforms/platforms.ts";

/** The longest title, in UTF-16 units. */
const longestTitle = 200;

/** The most members of `data`. */
const mostData = 10;

/**
 * The largest `data`, in characters of `application/x-www-form-urlencoded`, the form in which Windows gets it. However
 * title and data have to be escaped, a payload of 4,096 bytes then has room for 500 bytes of text.
 */
const largestData = 1_024;

/** The longest address, in characters. */
const longestAddress = 2_048;

/** The longest name of a group, and the longest key of what replaces an earlier one, in UTF-16 units. */
const longestName = 64;

/** The longest that a platform keeps a notification: 28 days, in seconds. That of Google is the shortest. */
const longestExpiry = 2_419_200;

/** The highest number on an icon. */
const highestBadge = 99_999;

/** What a content may have beside title, text and data. */
type Option = Exclude<keyof Content, "title" | "text" | "data">;

/** By option, what is wrong with a value, as a sentence; undefined if nothing is. */
const options: Readonly<Record<Option, (value: unknown) => string | undefined>> = {
  image: (value) =>
    isAddress(value) && value.startsWith("https://")
      ? undefined
      : `image must be an https address of at most ${longestAddress} characters.`,
  link: (value) =>
    isAddress(value) && !notOpened.test(value)
      ? undefined
      : `link must be an https address, or one with the app's own scheme, of at most ${longestAddress} characters.`,
  badge: (value) => faultOfCount(value, "badge", highestBadge),
  sound: (value) =>
    typeof value === "string" &&
    /^(?:default|none|[A-Za-z0-9_-]{1,60}\.[A-Za-z0-9]{1,5})$/.test(value)
      ? undefined
      : "sound must be default, none, or the name of a file in the app, such as chime.caf.",
  group: (value) => faultOfName(value, "group"),
  replaces: (value) => faultOfName(value, "replaces"),
  category: (value) =>
    typeof value === "string" && /^[A-Za-z0-9_.-]{1,64}$/.test(value)
      ? undefined
      : "category must be 1 to 64 letters, digits and _.-",
  expiresInSeconds: (value) => faultOfCount(value, "expiresInSeconds", longestExpiry),
  urgency: (value) =>
    value === "high" || value === "normal" ? undefined : "urgency must be high or normal.",
  silent: (value) => (typeof value === "boolean" ? undefined : "silent must be true or false."),
  platforms: (value) => (isJsonObject(value) ? undefined : "platforms must be an object."),
};

/** The names of what a content may have. */
export const contentMembers: readonly string[] = Object.keys(content.entries);

/** What a silent one does not have, because it shows nothing. */
const shown = ["title", "text", "image", "badge", "sound", "group", "category"] as const;

/** The schemes that no app opens at a tap, or should. */
const notOpened =
  /^(?:https:(?!\/\/)|(?:http|javascript|data|file|blob|about|vbscript|view-source|content|intent):)/i;

/**
 * The names that a platform reserves, in lower case, or that this app does. `constructor` and `prototype` are no names for
 * a member of an object in JavaScript.
 * https://firebase.google.com/docs/cloud-messaging/customize-messages/set-message-type
 */
const reservedName =
  /^(?:aps|to|from|message_type|collapse_key|notification|constructor|prototype|(?:google|gcm).*)$/i;

/** The names beside which `data` stands in a payload. */
const ownName = /^(?:link|image|group|category|fcm_options|notificationId)$/i;

/**
 * Reads what an announcement says, from a message or from a table's definition.
 *
 * @param faults receives what is wrong, with pointers to the members
 * @returns `undefined` if anything is wrong
 */
export function readContent(
  given: Readonly<Record<string, unknown>>,
  faults: Fault[],
): Content | undefined {
  const before = faults.length;
  const { title, text, data = {} } = given;
  const isSilent = given["silent"] === true;
  const read: Record<string, unknown> = { title: "", text: "" };
  if (isSilent) {
    refuseShown(given, faults);
  } else {
    const titleFault = faultOfText(title, "title", longestTitle);
    if (titleFault !== undefined) faults.push({ pointer: "#/title", detail: titleFault });
    const textFault = faultOfText(text);
    if (textFault !== undefined) faults.push({ pointer: "#/text", detail: textFault });
    Object.assign(read, { title, text });
  }
  read["data"] = readData(data, faults);
  for (const [name, faultOf] of Object.entries(options)) {
    const value = given[name];
    if (value === undefined) continue;
    const detail = faultOf(value);
    if (detail !== undefined) faults.push({ pointer: `#/${name}`, detail });
    else if (value !== false) read[name] = value;
  }
  if (isJsonObject(given["platforms"])) readPatches(given["platforms"], faults);
  if (faults.length > before) return undefined;
  return v.parse(content, read);
}

function refuseShown(given: Readonly<Record<string, unknown>>, faults: Fault[]): void {
  for (const name of shown) {
    if (given[name] === undefined) continue;
    faults.push({
      pointer: `#/${name}`,
      detail: `A silent one shows nothing, so it must have no ${name}.`,
    });
  }
  if (given["urgency"] === "high") {
    faults.push({ pointer: "#/urgency", detail: "A silent one must not have high urgency." });
  }
}

/** Checks what a content has for single platforms. */
function readPatches(patches: Readonly<Record<string, unknown>>, faults: Fault[]): void {
  for (const [name, patch] of Object.entries(patches)) {
    const pointer = `#/platforms/${pointerTo(name).slice(2)}`;
    const platform = platforms.find((one) => one === name);
    if (platform === undefined) {
      const detail = `platforms has only ${platforms.join(", ")}.`;
      faults.push({ pointer, detail });
      continue;
    }
    const { shape, faultOf } = platformEntries[platform].patch;
    const isPatch = typeof patch === "string" || (typeof patch === "object" && patch !== null);
    const fault = isPatch ? faultOf(patch) : `must be ${shape}.`;
    if (fault !== undefined) faults.push({ pointer, detail: `platforms.${name} ${fault}` });
  }
}

function isAddress(value: unknown): value is string {
  return (
    typeof value === "string" &&
    value.length <= longestAddress &&
    /^[A-Za-z][A-Za-z0-9+.-]*:[\x21-\x7e]+$/.test(value) &&
    URL.canParse(value)
  );
}

function faultOfCount(value: unknown, name: string, most: number): string | undefined {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= most
    ? undefined
    : `${name} must be a whole number from 0 to ${most}.`;
}

function faultOfName(value: unknown, name: string): string | undefined {
  return typeof value === "string" &&
    value.length > 0 &&
    value.length <= longestName &&
    value.isWellFormed() &&
    !/\p{Cc}/u.test(value)
    ? undefined
    : `${name} must be 1 to ${longestName} UTF-16 units without control characters.`;
}

/** Reads `data`, in the order of its names, so that the order in the body makes no difference. */
function readData(data: unknown, faults: Fault[]): Readonly<Record<string, string>> {
  if (!isJsonObject(data)) {
    faults.push({ pointer: "#/data", detail: "data must be an object." });
    return {};
  }
  const sound: [string, string][] = [];
  for (const [name, value] of Object.entries(data)) {
    const pointer = `#/data/${pointerTo(name).slice(2)}`;
    if (!/^[A-Za-z][A-Za-z0-9_]{0,31}$/.test(name)) {
      faults.push({
        pointer,
        detail: "A name in data must be 1 to 32 letters, digits and _, and begin with a letter.",
      });
    } else if (reservedName.test(name)) {
      faults.push({
        pointer,
        detail: "This name in data is reserved by a platform. Choose another.",
      });
    } else if (ownName.test(name)) {
      faults.push({
        pointer,
        detail: "A payload has this name beside data. Choose another, or the member of that name.",
      });
    } else if (typeof value !== "string" || !value.isWellFormed()) {
      faults.push({ pointer, detail: "A value in data must be a string of well-formed Unicode." });
    } else {
      sound.push([name, value]);
    }
  }
  sound.sort(([a], [b]) => (a < b ? -1 : 1));
  const isTooLarge = String(new URLSearchParams(sound)).length > largestData;
  if (isTooLarge || Object.keys(data).length > mostData) {
    faults.push({
      pointer: "#/data",
      detail:
        "data must have at most 10 members, and 1,024 characters in the form of a URL's query.",
    });
  }
  return Object.fromEntries(sound);
}
