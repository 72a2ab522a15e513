import { faultOfText, pointerTo } from "../http/members.ts";
import { isJsonObject } from "../http/parseJson.ts";
import type { Fault } from "../http/problem.ts";

/** What an announcement says. */
export interface AnnouncementContent {
  readonly title: string;
  readonly text: string;
  readonly data: Readonly<Record<string, string>>;
}

/** The longest title, in UTF-16 units. */
const longestTitle = 200;

/** The most members of `data`. */
const mostData = 10;

/**
 * The largest `data`, in characters of `application/x-www-form-urlencoded`, the form in which Windows gets it. However
 * title and data have to be escaped, a payload of 4,096 bytes then has room for 500 bytes of text.
 */
const largestData = 1_024;

/**
 * The names that a platform reserves, in lower case. `constructor` and `prototype` are no names for a member of an object
 * in JavaScript.
 * https://firebase.google.com/docs/cloud-messaging/customize-messages/set-message-type
 */
const reservedName =
  /^(?:aps|from|message_type|collapse_key|notification|constructor|prototype|(?:google|gcm).*)$/i;

/**
 * Reads what an announcement says, from a message or from a table's definition.
 *
 * @param faults receives what is wrong, with pointers to `title`, `text` and `data`
 * @returns `undefined` if anything is wrong
 */
export function readContent(
  { title, text, data }: Readonly<Record<"title" | "text" | "data", unknown>>,
  faults: Fault[],
): AnnouncementContent | undefined {
  const before = faults.length;
  const titleFault = faultOfText(title, "title", longestTitle);
  if (titleFault !== undefined) faults.push({ pointer: "#/title", detail: titleFault });
  const textFault = faultOfText(text);
  if (textFault !== undefined) faults.push({ pointer: "#/text", detail: textFault });
  const sound = readData(data, faults);
  return faults.length === before && typeof title === "string" && typeof text === "string"
    ? { title, text, data: sound }
    : undefined;
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
