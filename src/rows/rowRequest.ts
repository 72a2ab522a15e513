import { readEntityTags } from "../http/entityTags.ts";
import { idRule, isId } from "../http/members.ts";
import { badInput, type Fault, type Problem } from "../http/problem.ts";
import { readChanges } from "./rowBody.ts";
import type { Row } from "./rowTable.ts";
import type { NewMembers, Table } from "./table.ts";

type RequestHeaders = Pick<Headers, "get">;

export type Reading<Read> =
  | ({ readonly kind: "request" } & Read)
  | { readonly kind: "problem"; readonly problem: Problem };

export interface GetRequest {
  readonly id: string;
  /** Returns whether the client has this version of the row, according to `If-None-Match`. */
  readonly knows: (row: Row) => boolean;
}

export interface DeleteRequest {
  readonly id: string;
  /** The row must have one of these versions. If omitted, it can have any. */
  readonly versions?: readonly string[];
}

export interface UpdateRequest extends DeleteRequest {
  readonly changes: NewMembers;
}

/** Parses a request for a row. Reports every fault. @param id the part of the path */
export function readGetRequest(id: string, headers: RequestHeaders): Reading<GetRequest> {
  const faults = faultsOfId(id);
  const known = readEntityTags(headers, "If-None-Match");
  if (known.kind === "malformed") faults.push(known.fault);
  const knows = ({ version }: Row) =>
    // Weak tags match too (RFC 9110, section 13.1.2).
    known.kind === "tags"
      ? known.tags.some(({ value }) => value === version)
      : known.kind === "any";
  return reading(faults, { id, knows });
}

/** Parses a request to delete a row. Reports every fault. @param id the part of the path */
export function readDeleteRequest(id: string, headers: RequestHeaders): Reading<DeleteRequest> {
  const faults = faultsOfId(id);
  return reading(faults, { id, ...readVersions(headers, faults) });
}

/** Parses a request to change a row. Reports every fault. @param id the part of the path */
export function readUpdateRequest(
  table: Table,
  id: string,
  headers: RequestHeaders,
  body: Readonly<Record<string, unknown>>,
): Reading<UpdateRequest> {
  const faults = faultsOfId(id);
  const versions = readVersions(headers, faults);
  const changes = readChanges(table, body, id, faults);
  return reading(faults, { id, changes, ...versions });
}

function faultsOfId(id: string): Fault[] {
  return isId(id) ? [] : [{ pointer: "/path/id", detail: `In the path, ${idRule}` }];
}

function readVersions(headers: RequestHeaders, faults: Fault[]): Pick<DeleteRequest, "versions"> {
  const wanted = readEntityTags(headers, "If-Match");
  if (wanted.kind === "malformed") faults.push(wanted.fault);
  if (wanted.kind !== "tags") return {};
  // Weak tags never match (RFC 9110, section 13.1.1).
  return { versions: wanted.tags.filter(({ weak }) => !weak).map(({ value }) => value) };
}

function reading<Read>(faults: readonly Fault[], request: Read): Reading<Read> {
  return faults.length === 0
    ? { kind: "request", ...request }
    : { kind: "problem", problem: badInput(faults) };
}
