import { randomUUID } from "node:crypto";
import type { Announcement, TooLarge } from "../delivery/announcement.ts";
import { contentMembers, readContent } from "../delivery/announcementContent.ts";
import type { Audience } from "../delivery/audience.ts";
import { idRule, isId, noMember, oneOfTopics, pointerTo } from "../http/members.ts";
import { isJsonObject } from "../http/parseJson.ts";
import { badInput, type Fault, type Problem } from "../http/problem.ts";
import type { Content } from "../platforms/content.ts";
import { isUserId, providerOf, userDigest } from "../user.ts";
import { partitionOf, tableName } from "./messageTable.ts";

/** A message that a trusted backend sends to the devices of an audience. */
export interface NewMessage {
  /** The backend chooses the id, or the app generates one. */
  readonly id: string;
  readonly to: Audience;
  readonly content: Content;
}

export type NewMessageReading =
  | { readonly kind: "message"; readonly message: NewMessage }
  | { readonly kind: "problem"; readonly problem: Problem };

const members = new Set(["id", "to", ...contentMembers]);

/** What the settings declare, and a message may name. */
export interface Declared {
  readonly topics: readonly string[];
  /** The names of the providers; undefined if any may be one. */
  readonly providers: readonly string[] | undefined;
}

/** Parses a message from a request's body. Reports every fault. */
export function readNewMessage(
  body: Readonly<Record<string, unknown>>,
  declared: Declared,
  tooLarge: TooLarge,
): NewMessageReading {
  const { id = randomUUID(), to } = body;
  const faults: Fault[] = [];
  if (!isId(id)) faults.push({ pointer: "#/id", detail: idRule });
  const audience = readAudience(to, declared, faults);
  const content = readContent(body, faults);
  for (const name of Object.keys(body)) {
    if (!members.has(name)) {
      faults.push({ pointer: pointerTo(name), detail: noMember("A message", name) });
    }
  }
  if (faults.length > 0 || !isId(id) || audience === undefined || content === undefined) {
    return { kind: "problem", problem: badInput(faults) };
  }
  const message = { id, to: audience, content };
  const excess = tooLarge(announcementOf(message));
  return excess.length > 0
    ? { kind: "problem", problem: badInput(excess) }
    : { kind: "message", message };
}

const audienceRule =
  'to must have exactly one member: "user" with a user\'s id, "topic" with a declared topic, or "everyone": true.';

function readAudience(
  to: unknown,
  { topics, providers }: Declared,
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
      if (isUserId(value)) {
        const provider = providerOf(value);
        if (!providers || providers.includes(provider)) return { kind, digest: userDigest(value) };
        faults.push({
          pointer: "#/to/user",
          detail: `The app has no provider ${provider}. to.user must begin with ${providers.map((name) => `${name}:`).join(" or ")}.`,
        });
        return undefined;
      }
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

/** Returns the announcement of a message to its audience's devices. With its id, the app tells that it was opened. */
export function announcementOf({ id, to, content }: NewMessage): Announcement {
  const source = { table: tableName, partition: partitionOf(id), rowId: id };
  const data = { ...content.data, notificationId: id };
  return { audience: to, source, ...content, data };
}
