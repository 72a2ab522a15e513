import type { ValueType } from "../odata/expression.ts";

/** The value of a member: that of JSON. A date is a text in the form of `Date.toISOString`. */
export type MemberValue = string | number | boolean | null;

/** What a body gives for a member, or what is wrong with it, as the rest of a sentence that begins with its name. */
export type MemberReading<Value> =
  | { readonly kind: "value"; readonly value: Value }
  | { readonly kind: "fault"; readonly fault: string };

/** What a row has if a body does not name a member. */
export type Absent<Value> =
  /** A new row cannot lack it. */
  { readonly kind: "required" } | { readonly kind: "value"; readonly value: Value };

/** A member of the rows of a table: its type, its rule, and what it is without one. */
export interface Member<Value extends MemberValue = MemberValue> {
  /** Its type in a query. */
  readonly type: ValueType;
  readonly absent: Absent<Value>;
  /** Whether it can be null. */
  readonly isOptional: boolean;
  /** Reads a value of a body, which is there. */
  readonly read: (value: unknown) => MemberReading<Value>;
  /** Returns whether a value has the member's type in TypeScript. It may break the member's rule. */
  readonly is: (value: unknown) => value is Value;
  /** The schema of a value (JSON Schema), for the contract. */
  readonly schema: Readonly<Record<string, unknown>>;
  /** What is wrong with the member itself, such as a default out of its own bounds. */
  readonly faults: readonly string[];
}

/** The value of a member. */
export type ValueOf<Of> = Of extends Member<infer Value> ? Value : never;

/** The types of values, as `typeof` names them. */
const typesOfValues = {
  boolean: "boolean",
  date: "string",
  integer: "number",
  number: "number",
  string: "string",
} as const;

/** Returns whether a value has the type of a member in a query. A row may hold one that an earlier definition allowed. */
export function isOfType(type: ValueType, value: unknown): value is MemberValue {
  return typeof value === typesOfValues[type];
}
