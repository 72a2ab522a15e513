import { randomUUID } from "node:crypto";
import type { Announcement } from "../delivery/announcement.ts";
import type { Audience } from "../delivery/audience.ts";
import { faultOfText, idRule, isId, oneOfTopics, pointerTo } from "../http/members.ts";
import { isJsonObject } from "../http/parseJson.ts";
import { badInput, type Fault, type Problem } from "../http/problem.ts";
import { isUserId, userDigest } from "../user.ts";
import { partitionOf, tableName } from "./messageTable.ts";

/** A message that a trusted backend sends to the devices of an audience. */
export interface NewMessage {
  /** The backend chooses the id, or the app generates one. */
  readonly id: string;
  readonly to: Audience;
  readonly title: string;
  readonly text: string;
  readonly data: Readonly<Record<string, string>>;
}

export type NewMessageReading =
  | { readonly kind: "message"; readonly message: NewMessage }
  | { readonly kind: "problem"; readonly problem: Problem };

/** The longest title, in UTF-16 units. */
const longestTitle = 200;

/** The most members of `data`. */
const mostData = 10;

/**
 * The largest `data`, in characters of `application/x-www-form-urlencoded`, the form in which Windows gets it. However
 * title and data have to be escaped, a payload of 4,096 bytes then has room for 500 bytes of text.
 */
const largestData = 1_024;

const members = new Set(["id", "to", "title", "text", "data"]);

/**
 * The names that a platform reserves, in lower case. `constructor` and `prototype` are no names for a member of an object
 * in JavaScript.
 * https://firebase.google.com/docs/cloud-messaging/customize-messages/set-message-type
 */
const reservedName =
  /^(?:aps|from|message_type|collapse_key|notification|constructor|prototype|(?:google|gcm).*)$/i;

/** Parses a message from a request's body. Reports every fault. @param topics the declared ones */
export function readNewMessage(
  body: Readonly<Record<string, unknown>>,
  topics: readonly string[],
): NewMessageReading {
  const { id = randomUUID(), to, title, text, data = {} } = body;
  const faults: Fault[] = [];
  if (!isId(id)) faults.push({ pointer: "#/id", detail: idRule });
  const audience = readAudience(to, topics, faults);
  const titleFault = faultOfText(title, "title", longestTitle);
  if (titleFault !== undefined) faults.push({ pointer: "#/title", detail: titleFault });
  const textFault = faultOfText(text);
  if (textFault !== undefined) faults.push({ pointer: "#/text", detail: textFault });
  const sound = readData(data, faults);
  for (const name of Object.keys(body)) {
    if (!members.has(name)) {
      faults.push({ pointer: pointerTo(name), detail: "A message has no member of this name." });
    }
  }
  if (
    faults.length > 0 ||
    !isId(id) ||
    audience === undefined ||
    typeof title !== "string" ||
    typeof text !== "string"
  ) {
    return { kind: "problem", problem: badInput(faults) };
  }
  return { kind: "message", message: { id, to: audience, title, text, data: sound } };
}

const audienceRule =
  'to must have exactly one member: "user" with a user\'s id, "topic" with a declared topic, or "everyone": true.';

function readAudience(
  to: unknown,
  topics: readonly string[],
  faults: Fault[],
): Audience | undefined {
  const [member, ...others] = isJsonObject(to) ? Object.entries(to) : [];
  if (member === undefined || others.length > 0) {
    faults.push({
      pointer: "#/to",
      detail: to === undefined ? `to is missing. ${audienceRule}` : audienceRule,
    });
    return undefined;
  }
  const [kind, value] = member;
  switch (kind) {
    case "user":
      if (isUserId(value)) return { kind, digest: userDigest(value) };
      faults.push({
        pointer: "#/to/user",
        detail:
          "to.user must be a user's id: a provider in lower case, a colon and the provider's id of the user, such as facebook:123.",
      });
      return undefined;
    case "topic":
      if (typeof value === "string" && topics.includes(value)) return { kind, topic: value };
      faults.push({ pointer: "#/to/topic", detail: `to.topic must be ${oneOfTopics(topics)}.` });
      return undefined;
    case "everyone":
      if (value === true) return { kind };
      faults.push({ pointer: "#/to/everyone", detail: "to.everyone must be true." });
      return undefined;
    default:
      faults.push({ pointer: `#/to/${pointerTo(kind).slice(2)}`, detail: audienceRule });
      return undefined;
  }
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

/** Returns the announcement of a message to its audience's devices. */
export function announcementOf({ id, to, title, text, data }: NewMessage): Announcement {
  const source = { table: tableName, partition: partitionOf(id), rowId: id };
  return { audience: to, source, title, text, data };
}
