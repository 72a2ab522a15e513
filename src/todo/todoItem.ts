import { randomUUID } from "node:crypto";
import { faultOfText, idRule, isId, pointerTo } from "../http/members.ts";
import { badInput, type Fault, type Problem } from "../http/problem.ts";
import type { ValueType } from "../odata/expression.ts";

/** A to-do item as its owner sees it. Times are UTC with milliseconds, in ISO 8601. */
export interface TodoItem {
  readonly id: string;
  readonly text: string;
  readonly complete: boolean;
  readonly createdAt: string;
  readonly updatedAt: string;
  /** Changes with every write. In quotes, it is the entity tag of a response. */
  readonly version: string;
}

/** The members of an item and their types in a query. */
export const itemMembers = {
  id: "string",
  text: "string",
  complete: "boolean",
  createdAt: "date",
  updatedAt: "date",
  version: "string",
} as const satisfies Record<keyof TodoItem, ValueType>;

/** An item that a client inserts. The client chooses the id, or the app generates one. */
export interface NewTodoItem {
  readonly id: string;
  readonly text: string;
  readonly complete: boolean;
}

/** The members that are read from a request. */
const members = new Set(["id", "text", "complete"]);

/** System members that clients echo back, and members that clients of sibling tutorials send. */
const ignoredMembers = new Set(["createdAt", "updatedAt", "version", "channel", "deviceToken"]);

export type NewTodoItemReading =
  | { readonly kind: "item"; readonly item: NewTodoItem }
  | { readonly kind: "problem"; readonly problem: Problem };

/** Parses an item to insert from a request's body. Reports every fault. */
export function readNewTodoItem(body: Readonly<Record<string, unknown>>): NewTodoItemReading {
  const { id = randomUUID(), text, complete = false } = body;
  const faults: Fault[] = [];
  if (!isId(id)) faults.push({ pointer: "#/id", detail: idRule });
  faults.push(...faultsOf({ ...body, text, complete }));
  if (faults.length > 0 || !isId(id) || typeof text !== "string" || typeof complete !== "boolean") {
    return { kind: "problem", problem: badInput(faults) };
  }
  return { kind: "item", item: { id, text, complete } };
}

/** The members of an item that a client changes: those that it sent. */
export type TodoItemChanges = Partial<Pick<TodoItem, "text" | "complete">>;

/**
 * Parses the changes of an item from a request's body. An id in the body must be the id of the item.
 *
 * @param faults receives the faults of the body
 */
export function readTodoItemChanges(
  body: Readonly<Record<string, unknown>>,
  itemId: string,
  faults: Fault[],
): TodoItemChanges {
  const { id = itemId, text, complete } = body;
  if (id !== itemId) faults.push({ pointer: "#/id", detail: "id must be the id in the path." });
  faults.push(...faultsOf(body));
  return {
    ...(typeof text === "string" && { text }),
    ...(typeof complete === "boolean" && { complete }),
  };
}

/** Returns the faults of the members in a body, except those of the id. */
function faultsOf(body: Readonly<Record<string, unknown>>): Fault[] {
  const faults: Fault[] = [];
  const textFault = Object.hasOwn(body, "text") ? faultOfText(body["text"]) : undefined;
  if (textFault !== undefined) faults.push({ pointer: "#/text", detail: textFault });
  if (Object.hasOwn(body, "complete") && typeof body["complete"] !== "boolean") {
    faults.push({ pointer: "#/complete", detail: "complete must be true or false." });
  }
  for (const name of Object.keys(body)) {
    if (!members.has(name) && !ignoredMembers.has(name)) {
      faults.push({ pointer: pointerTo(name), detail: "An item has no member of this name." });
    }
  }
  return faults;
}
