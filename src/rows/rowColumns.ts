import type { Edm } from "@azure/data-tables";
import { isOfType, type MemberValue } from "./member.ts";
import type { NewMembers, Table } from "./table.ts";

/** The value of a column: numbers are of double precision, whatever their value. */
type ColumnValue = string | boolean | Edm<"Double">;

/** Returns the columns of members. A member that is null has no column. */
export function columnsOf(members: NewMembers): Record<string, ColumnValue> {
  const columns: Record<string, ColumnValue> = {};
  for (const [name, value] of Object.entries(members)) {
    if (value !== null) columns[name] = columnOf(value);
  }
  return columns;
}

/** The client would store a whole number as an integer of 32 bits, and then a filter would compare other types. */
function columnOf(value: string | number | boolean): ColumnValue {
  return typeof value === "number" ? { type: "Double", value } : value;
}

/**
 * Returns the members in columns, in the order of the definition. A column that a row lacks, because it is older than the
 * member, is the member's default, else null. A value that breaks a newer rule is shown all the same.
 */
export function membersIn(
  { members }: Pick<Table, "members">,
  columns: object,
): Record<string, MemberValue> {
  const read: Record<string, MemberValue> = {};
  for (const [name, { type, absent }] of members) {
    const value: unknown = Reflect.get(columns, name);
    if (isOfType(type, value)) read[name] = value;
    else read[name] = absent.kind === "value" ? absent.value : null;
  }
  return read;
}
