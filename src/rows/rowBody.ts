import { randomUUID } from "node:crypto";
import { idRule, isId, noMember, pointerTo } from "../http/members.ts";
import { badInput, type Fault, type Problem } from "../http/problem.ts";
import type { MemberValue } from "./member.ts";
import type { NewMembers, Table } from "./table.ts";

/** A row that a client inserts. The client chooses the id, or the app generates one. */
export interface NewRow {
  readonly id: string;
  readonly members: NewMembers;
}

export type NewRowReading =
  | { readonly kind: "row"; readonly row: NewRow }
  | { readonly kind: "problem"; readonly problem: Problem };

type Body = Readonly<Record<string, unknown>>;

/** The system members that clients echo back. They have no effect. */
const echoed: ReadonlySet<string> = new Set(["createdAt", "updatedAt", "version"]);

/** What clients send for the id if they leave it to the app: those with a number for an id send 0. */
const noIds: readonly unknown[] = [undefined, null, "", 0];

/** Parses a row to insert from a request's body. Reports every fault. */
export function readNewRow(table: Table, body: Body): NewRowReading {
  const id = noIds.includes(body["id"]) ? randomUUID() : body["id"];
  const faults: Fault[] = [];
  if (!isId(id)) faults.push({ pointer: "#/id", detail: idRule });
  const members: Record<string, MemberValue> = {};
  for (const [name, { absent, read }] of table.members) {
    const value = Object.hasOwn(body, name) ? body[name] : undefined;
    if (value === undefined && absent.kind === "value") {
      members[name] = absent.value;
      continue;
    }
    const reading = value === undefined ? missing : read(value);
    if (reading.kind === "value") members[name] = reading.value;
    else faults.push({ pointer: pointerTo(name), detail: `${name} ${reading.fault}` });
  }
  addUnknown(table, body, faults);
  return faults.length > 0 || !isId(id)
    ? { kind: "problem", problem: badInput(faults) }
    : { kind: "row", row: { id, members } };
}

const missing = { kind: "fault", fault: "is missing." } as const;

/**
 * Parses the changes of a row from a request's body: the members that it names. An id in the body must be the id of the
 * row.
 *
 * @param faults receives the faults of the body
 */
export function readChanges(table: Table, body: Body, rowId: string, faults: Fault[]): NewMembers {
  const { id = rowId } = body;
  if (id !== rowId) faults.push({ pointer: "#/id", detail: "id must be the id in the path." });
  const members: Record<string, MemberValue> = {};
  for (const [name, { read }] of table.members) {
    if (!Object.hasOwn(body, name)) continue;
    const reading = read(body[name]);
    if (reading.kind === "value") members[name] = reading.value;
    else faults.push({ pointer: pointerTo(name), detail: `${name} ${reading.fault}` });
  }
  addUnknown(table, body, faults);
  return members;
}

function addUnknown({ members, ignored }: Table, body: Body, faults: Fault[]): void {
  for (const name of Object.keys(body)) {
    if (name === "id" || members.has(name) || echoed.has(name) || ignored.has(name)) continue;
    // What a list with deleted rows says of one that is not.
    if (name === "deleted" && body[name] === false) continue;
    const detail =
      name === "deleted"
        ? "deleted can only be false. Delete the item with DELETE instead."
        : noMember("An item", name);
    faults.push({ pointer: pointerTo(name), detail });
  }
}
