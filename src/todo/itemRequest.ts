import { readEntityTags } from "../http/entityTags.ts";
import { badInput, type Fault, type Problem } from "../http/problem.ts";
import {
  idRule,
  isId,
  readTodoItemChanges,
  type TodoItem,
  type TodoItemChanges,
} from "./todoItem.ts";

type RequestHeaders = Pick<Headers, "get">;

export type Reading<Read> =
  | ({ readonly kind: "request" } & Read)
  | { readonly kind: "problem"; readonly problem: Problem };

export interface GetRequest {
  readonly id: string;
  /** Whether the client has said, in `If-None-Match`, that it has this version of the item. */
  readonly knows: (item: TodoItem) => boolean;
}

export interface DeleteRequest {
  readonly id: string;
  /** The versions of which the item must have one; without it, it is written as it is. */
  readonly versions?: readonly string[];
}

export interface UpdateRequest extends DeleteRequest {
  readonly changes: TodoItemChanges;
}

/** Reads a request for an item; names every fault. @param id the part of the path */
export function readGetRequest(id: string, headers: RequestHeaders): Reading<GetRequest> {
  const faults = faultsOfId(id);
  const known = readEntityTags(headers, "If-None-Match");
  if (known.kind === "malformed") faults.push(known.fault);
  const knows = ({ version }: TodoItem) =>
    // What is weak counts here (RFC 9110, section 13.1.2).
    known.kind === "tags"
      ? known.tags.some(({ value }) => value === version)
      : known.kind === "any";
  return reading(faults, { id, knows });
}

/** Reads a request to delete an item; names every fault. @param id the part of the path */
export function readDeleteRequest(id: string, headers: RequestHeaders): Reading<DeleteRequest> {
  const faults = faultsOfId(id);
  return reading(faults, { id, ...readVersions(headers, faults) });
}

/** Reads a request to change an item; names every fault. @param id the part of the path */
export function readUpdateRequest(
  id: string,
  headers: RequestHeaders,
  body: Readonly<Record<string, unknown>>,
): Reading<UpdateRequest> {
  const faults = faultsOfId(id);
  const versions = readVersions(headers, faults);
  const changes = readTodoItemChanges(body, id, faults);
  return reading(faults, { id, changes, ...versions });
}

function faultsOfId(id: string): Fault[] {
  return isId(id) ? [] : [{ pointer: "/path/id", detail: `In the path, ${idRule}` }];
}

function readVersions(headers: RequestHeaders, faults: Fault[]): Pick<DeleteRequest, "versions"> {
  const wanted = readEntityTags(headers, "If-Match");
  if (wanted.kind === "malformed") faults.push(wanted.fault);
  if (wanted.kind !== "tags") return {};
  // What is weak never matches (RFC 9110, section 13.1.1).
  return { versions: wanted.tags.filter(({ weak }) => !weak).map(({ value }) => value) };
}

function reading<Read>(faults: readonly Fault[], request: Read): Reading<Read> {
  return faults.length === 0
    ? { kind: "request", ...request }
    : { kind: "problem", problem: badInput(faults) };
}
