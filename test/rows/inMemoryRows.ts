import type { Expression, Value } from "../../src/odata/expression.ts";
import { parseFilter } from "../../src/odata/parseFilter.ts";
import { columnsOf, membersIn } from "../../src/rows/rowColumns.ts";
import type { RowTable, StoredRow, UnversionedRow } from "../../src/rows/rowTable.ts";
import type { Table } from "../../src/rows/table.ts";

interface Stored {
  readonly columns: Readonly<Record<string, unknown>>;
  readonly version: string;
}

/** The columns of tables in memory, which outlive a definition: by partition and id. */
export type InMemoryColumns = Map<string, Map<string, Stored>>;

/**
 * Rows in memory, with the columns that Azure would keep, and its rule for a column that a row lacks: every comparison with
 * it is false.
 *
 * @param kept the columns, which a table of an earlier definition may have written
 */
export function createInMemoryRows(table: Table, kept: InMemoryColumns = new Map()): RowTable {
  let versions = 0;
  const partitionOf = (name: string) => {
    const partition = kept.get(name) ?? new Map<string, Stored>();
    kept.set(name, partition);
    return partition;
  };
  const write = (partition: string, id: string, columns: Record<string, unknown>) => {
    const version = `${++versions}-${Math.random()}`;
    partitionOf(partition).set(id, { columns, version });
    return version;
  };
  const rowOf = (id: string, { columns, version }: Stored): StoredRow => {
    const text = (name: string) => String(columns[name]);
    return {
      id,
      members: membersIn(table, plain(columns)),
      ...{ createdAt: text("createdAt"), updatedAt: text("updatedAt") },
      ...{ contentDigest: text("contentDigest"), intentId: text("intentId") },
      version,
    };
  };

  return {
    async insert(partition, { id, members, ...columns }: UnversionedRow) {
      if (partitionOf(partition).has(id)) return { kind: "exists" };
      const version = write(partition, id, { ...columnsOf(members), ...columns });
      return { kind: "inserted", version };
    },
    async get(partition, id) {
      const stored = partitionOf(partition).get(id);
      return stored ? { kind: "found", row: rowOf(id, stored) } : { kind: "absent" };
    },
    async list(partition, { filter, after = "", limit }) {
      const found = [...partitionOf(partition)]
        .filter(([id]) => id > after)
        .filter(([id, { columns }]) => matches(filter, { ...plain(columns), RowKey: id }))
        .sort(([a], [b]) => (a < b ? -1 : 1));
      const rows = found.slice(0, limit).map(([id, stored]) => rowOf(id, stored));
      return { kind: "page", rows, more: found.length > limit };
    },
    async update(partition, id, { members, updatedAt }, version) {
      const stored = partitionOf(partition).get(id);
      if (!stored) return { kind: "absent" };
      if (version !== undefined && version !== stored.version) return { kind: "changed" };
      const left = Object.entries(stored.columns).filter(([name]) => members[name] !== null);
      const columns = { ...Object.fromEntries(left), ...columnsOf(members), updatedAt };
      return { kind: "updated", version: write(partition, id, columns) };
    },
    async delete(partition, id, version) {
      const stored = partitionOf(partition).get(id);
      if (!stored) return { kind: "absent" };
      if (version !== undefined && version !== stored.version) return { kind: "changed" };
      partitionOf(partition).delete(id);
      return { kind: "deleted" };
    },
  };
}

/** Returns columns as storage's client reads them: numbers without their type. */
function plain(columns: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(columns).map(([name, value]) => [name, Object(value).value ?? value]),
  );
}

/** Evaluates a filter in storage's language, which is a part of OData's. */
function matches(filter: string | undefined, columns: Readonly<Record<string, unknown>>): boolean {
  if (filter === undefined) return true;
  const names = filter.match(/\b[A-Za-z]\w*(?= (?:eq|ne|gt|ge|lt|le) )/g) ?? [];
  const types = new Map(
    names.map((name) => {
      const isBoolean = new RegExp(`\\b${name} \\w\\w (?:true|false)`).test(filter);
      return [name, isBoolean ? "boolean" : "string"] as const;
    }),
  );
  const parsed = parseFilter(filter, types);
  if (parsed.kind === "malformed") throw new Error(`Storage does not understand ${filter}.`);
  return holds(parsed.filter, columns);
}

function holds(expression: Expression, columns: Readonly<Record<string, unknown>>): boolean {
  switch (expression.kind) {
    case "and":
      return expression.operands.every((operand) => holds(operand, columns));
    case "or":
      return expression.operands.some((operand) => holds(operand, columns));
    case "not":
      return !holds(expression.operand, columns);
    case "comparison": {
      const [left, right] = [expression.left, expression.right].map((side) =>
        sideOf(side, columns),
      );
      if (left === undefined || right === undefined || left === null || right === null)
        return false;
      const order = left === right ? 0 : left < right ? -1 : 1;
      return {
        eq: order === 0,
        ne: order !== 0,
        gt: order > 0,
        ge: order >= 0,
        lt: order < 0,
        le: order <= 0,
      }[expression.operator];
    }
    default:
      throw new Error(`Storage does not evaluate a ${expression.kind}.`);
  }
}

function sideOf(
  expression: Expression,
  columns: Readonly<Record<string, unknown>>,
): Value | undefined {
  if (expression.kind === "literal") return expression.value;
  const value = expression.kind === "member" ? columns[expression.name] : undefined;
  return typeof value === "string" || typeof value === "boolean" ? value : undefined;
}
