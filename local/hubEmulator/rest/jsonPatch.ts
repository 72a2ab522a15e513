import * as v from "valibot";
import { isJsonObject, parseJson } from "../formats/json.ts";
import type { InstallationContent } from "../registrations/installation.ts";
import { tagKey } from "../registrations/tags.ts";

const operationSchema = v.variant("op", [
  v.object({ op: v.picklist(["add", "replace"]), path: v.string(), value: v.unknown() }),
  v.object({ op: v.literal("remove"), path: v.string() }),
]);

const patchSchema = v.array(operationSchema);

type Operation = v.InferOutput<typeof operationSchema>;

export type PatchedInstallation =
  /** The caller must validate it like any other installation that a client sends. */
  | { readonly kind: "patched"; readonly value: unknown }
  | { readonly kind: "malformed"; readonly detail: string };

type Draft = Record<string, unknown>;

/**
 * Applies a JSON Patch as the service does: `add`, `replace` and `remove` of the push channel, the user,
 * tags, push variables and templates. `add` of tags keeps the present tags. An object may be given as a
 * string of JSON. Removing a missing member changes nothing. Source:
 * https://learn.microsoft.com/rest/api/notificationhubs/update-installation
 */
export function patchInstallation(
  installation: InstallationContent,
  patch: unknown,
): PatchedInstallation {
  const parsed = v.safeParse(patchSchema, withLowerCaseOperations(patch));
  if (!parsed.success) {
    const [issue] = parsed.issues;
    return malformed(`${v.getDotPath(issue) ?? "the body"}: ${issue.message}`);
  }
  const draft: Draft = { ...structuredClone(installation) };
  for (const operation of parsed.output) {
    const fault = applyOperation(draft, operation);
    if (fault !== undefined) return malformed(fault);
  }
  return { kind: "patched", value: draft };
}

/** .NET writes `"op":"Add"`, and its reader takes members in any case. */
function withLowerCaseOperations(patch: unknown): unknown {
  if (!Array.isArray(patch)) return patch;
  return patch.map((operation: unknown) => {
    if (!isJsonObject(operation)) return operation;
    const members = Object.entries(operation).map(([name, value]) => [name.toLowerCase(), value]);
    const { op, ...rest }: Record<string, unknown> = Object.fromEntries(members);
    return { ...rest, op: typeof op === "string" ? op.toLowerCase() : op };
  });
}

function malformed(reason: string): PatchedInstallation {
  return { kind: "malformed", detail: `The patch is invalid: ${reason}` };
}

/** Applies the operation to the draft. Returns what is wrong with the operation, or undefined. */
function applyOperation(draft: Draft, operation: Operation): string | undefined {
  const segments = operation.path.split("/").map(unescapeSegment);
  const [root, member = "", ...path] = segments;
  if (root !== "" || segments.includes("__proto__")) return noSuchPath(operation);
  switch (member) {
    case "pushChannel":
      return path.length === 0 ? setMember(draft, member, operation) : noSuchPath(operation);
    case "userId":
      return path.length === 0 ? setMember(draft, member, operation) : noSuchPath(operation);
    case "tags":
      return patchTags(draft, path, operation);
    case "pushVariables":
      return patchObject(draft, member, path, operation);
    case "templates":
      return patchTemplates(draft, path, operation);
    case "secondaryTiles":
      return patchObject(draft, member, path, operation, asObject);
    default:
      return noSuchPath(operation);
  }
}

function patchTemplates(
  draft: Draft,
  path: readonly string[],
  operation: Operation,
): string | undefined {
  const [name, member, ...rest] = path;
  if (name === undefined || member === undefined) {
    return patchObject(draft, "templates", path, operation, asObject);
  }
  const template = objectIn(objectIn(draft, "templates") ?? {}, name);
  if (template === undefined) return `no template exists for ${operation.path}`;
  switch (member) {
    case "body":
    case "expiry":
      return rest.length === 0 ? setMember(template, member, operation) : noSuchPath(operation);
    case "headers":
      return patchObject(template, member, rest, operation);
    case "tags":
      return patchTags(template, rest, operation);
    default:
      return noSuchPath(operation);
  }
}

/** Patches `/tags` and `/tags/x`. Deletes the member when no tag is left. */
function patchTags(
  owner: Draft,
  path: readonly string[],
  operation: Operation,
): string | undefined {
  if (path.length > 1) return noSuchPath(operation);
  const [tag] = path;
  const present = Array.isArray(owner["tags"]) ? owner["tags"] : [];
  const kept = tag === undefined ? [] : present.filter((other) => !isSameTag(other, tag));
  let tags = kept;
  if (operation.op !== "remove" && operation.value !== null) {
    const { value } = operation;
    // Some clients write the list as a text.
    const list = typeof value === "string" && value.startsWith("[") ? parseJson(value) : value;
    const added = Array.isArray(list) ? list.filter((item) => item !== null) : [value];
    tags = [...(operation.op === "add" ? present : kept)];
    for (const one of added) if (!tags.some((other) => isSameTag(other, one))) tags.push(one);
  }
  if (tags.length === 0) delete owner["tags"];
  else owner["tags"] = tags;
  return undefined;
}

function isSameTag(one: unknown, other: unknown): boolean {
  return typeof one === "string" && typeof other === "string"
    ? tagKey(one) === tagKey(other)
    : one === other;
}

/** Patches a member that is an object, such as `/headers`, or one of its members, such as `/headers/x`. */
function patchObject(
  owner: Draft,
  member: string,
  path: readonly string[],
  operation: Operation,
  convert?: (value: unknown) => unknown,
): string | undefined {
  const [name, ...rest] = path;
  if (rest.length > 0) return noSuchPath(operation);
  if (name === undefined) return setMember(owner, member, operation, asObject);
  const object = { ...objectIn(owner, member) };
  owner[member] = object;
  return setMember(object, name, operation, convert);
}

function setMember(
  owner: Draft,
  member: string,
  operation: Operation,
  convert: (value: unknown) => unknown = (value) => value,
): undefined {
  if (operation.op === "remove") delete owner[member];
  else owner[member] = convert(operation.value);
}

/** Parses a string of JSON to an object. Returns any other value unchanged. */
function asObject(value: unknown): unknown {
  if (typeof value !== "string") return value;
  const parsed = parseJson(value);
  return isJsonObject(parsed) ? parsed : value;
}

/** Returns the member if it is an object, for changes in place. */
function objectIn(owner: Draft, member: string): Draft | undefined {
  const value = owner[member];
  return isJsonObject(value) ? value : undefined;
}

function unescapeSegment(segment: string): string {
  return segment.replaceAll("~1", "/").replaceAll("~0", "~");
}

function noSuchPath({ op, path }: Operation): string {
  return `${op} of ${path} is not supported`;
}
