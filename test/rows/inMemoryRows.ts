import type { Stamp } from "../../src/delivery/announcedRow.ts";
import { dateOf } from "../../src/odata/date.ts";
import type { Expression, Value } from "../../src/odata/expression.ts";
import { parseFilter } from "../../src/odata/parseFilter.ts";
import { columnsOf, membersIn } from "../../src/rows/rowColumns.ts";
import type { DeletedRow, RowTable, StoredRow, UnversionedRow } from "../../src/rows/rowTable.ts";
import type { Table } from "../../src/rows/table.ts";

interface Stored extends Stamp {
  readonly columns: Readonly<Record<string, unknown>>;
}

/** The columns of tables in memory, which outlive a definition: by partition and id. */
export type InMemoryColumns = Map<string, Map<string, Stored>>;

const began = Date.now();
let ticks = 0;

/** Returns the next time of storage, which has ticks of 100 ns. */
function nextTime(): string {
  ticks += 10_000 + (ticks % 7_919);
  const milliseconds = new Date(began + Math.floor(ticks / 10_000));
  return `${milliseconds.toISOString().slice(0, -1)}${String(ticks % 10_000).padStart(4, "0")}Z`;
}

/**
 * Rows in memory, with the columns that Azure would keep, and its rule for a column that a row lacks: every comparison with
 * it is false. A page has as many rows as asked for, and may be short.
 *
 * @param kept the columns, which a table of an earlier definition may have written
 */
export function createInMemoryRows(table: Table, kept: InMemoryColumns = new Map()): RowTable {
  const marks = new Map<string, DeletedRow[]>();
  const partitionOf = (name: string) => {
    const partition = kept.get(name) ?? new Map<string, Stored>();
    kept.set(name, partition);
    return partition;
  };
  const write = (partition: string, id: string, columns: Record<string, unknown>) => {
    const updatedAt = nextTime();
    const stamp = { version: `v${ticks}`, updatedAt };
    partitionOf(partition).set(id, { columns, ...stamp });
    return stamp;
  };
  const rowOf = (id: string, { columns, version, updatedAt }: Stored): StoredRow => {
    const text = (name: string) => String(columns[name]);
    return {
      id,
      members: membersIn(table, plain(columns)),
      ...{ createdAt: text("createdAt"), writtenAt: text("updatedAt"), version, updatedAt },
      ...{ contentDigest: text("contentDigest"), intentId: text("intentId") },
    };
  };
  const isFlagged = ({ columns }: Stored) => columns["isDeleted"] === true;
  const marksOf = (partition: string) => marks.get(partition) ?? [];
  const remove = async (partition: string, id: string, version?: string) => {
    const stored = partitionOf(partition).get(id);
    if (!stored) return { kind: "absent" } as const;
    if (version !== undefined && version !== stored.version) return { kind: "changed" } as const;
    partitionOf(partition).delete(id);
    return { kind: "deleted" } as const;
  };

  return {
    async insert(partition, { id, members, writtenAt, ...columns }: UnversionedRow) {
      if (partitionOf(partition).has(id)) return { kind: "exists" };
      const written = { ...columnsOf(members), ...columns, updatedAt: writtenAt };
      return { kind: "inserted", ...write(partition, id, written) };
    },
    async get(partition, id) {
      const stored = partitionOf(partition).get(id);
      return stored && !isFlagged(stored)
        ? { kind: "found", row: rowOf(id, stored) }
        : { kind: "absent" };
    },
    async list(partition, { filter, after = "", limit }) {
      await new Promise(setImmediate);
      const matches = conditionOf(filter);
      const found = [...partitionOf(partition)]
        .filter(([id]) => id > after)
        .filter(([id, { columns, updatedAt }]) =>
          matches({ ...plain(columns), RowKey: id, Timestamp: dateOf(updatedAt) }),
        )
        .sort(([a], [b]) => (a < b ? -1 : 1));
      const page = found.slice(0, limit);
      const rows = page.flatMap(([id, stored]) => (isFlagged(stored) ? [] : [rowOf(id, stored)]));
      const deleted = page.flatMap(([id, stored]) =>
        isFlagged(stored) ? [{ id, ...stored }] : [],
      );
      return {
        ...{ kind: "page", rows, deleted, more: found.length > limit, last: page.at(-1)?.[0] },
      };
    },
    async listDeleted(partition, { from = "", to = "~", after, limit }) {
      await new Promise(setImmediate);
      const key = ({ updatedAt, id }: DeletedRow) => `${updatedAt}_${id}`;
      const found = marksOf(partition)
        .filter((mark) => mark.updatedAt >= from && mark.updatedAt <= to)
        .filter((mark) => after === undefined || key(mark) > key(after));
      return { kind: "page", rows: found.slice(0, limit), more: found.length > limit };
    },
    async removeMarks(partition, removed) {
      const left = marksOf(partition).filter(
        ({ id, updatedAt }) => !removed.some((one) => one.id === id && one.updatedAt === updatedAt),
      );
      marks.set(partition, left);
      return { kind: "done" };
    },
    async update(partition, id, { members, writtenAt }, version) {
      const stored = partitionOf(partition).get(id);
      if (!stored || isFlagged(stored)) return { kind: "absent" };
      if (version !== undefined && version !== stored.version) return { kind: "changed" };
      const left = Object.entries(stored.columns).filter(([name]) => members[name] !== null);
      const columns = {
        ...Object.fromEntries(left),
        ...columnsOf(members),
        updatedAt: writtenAt,
      };
      return { kind: "updated", ...write(partition, id, columns) };
    },
    async delete(partition, id, version) {
      if (!table.softDelete) return remove(partition, id, version);
      const stored = partitionOf(partition).get(id);
      if (!stored || isFlagged(stored)) return { kind: "absent" };
      if (version !== undefined && version !== stored.version) return { kind: "changed" };
      const stamp = write(partition, id, { ...stored.columns, isDeleted: true });
      // Other deletions may come between, so that marks are not written in the order of their times.
      for (let turn = Math.random() * 8; turn > 0; turn--) await new Promise(setImmediate);
      const written = [...marksOf(partition), { id, ...stamp }];
      marks.set(
        partition,
        written.sort((a, b) => (a.updatedAt < b.updatedAt ? -1 : 1)),
      );
      for (let turn = Math.random() * 8; turn > 0; turn--) await new Promise(setImmediate);
      return remove(partition, id, stamp.version);
    },
    remove,
  };
}

/** Returns columns as storage's client reads them: numbers without their type. */
function plain(columns: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(columns).map(([name, value]) => [name, Object(value).value ?? value]),
  );
}

/** Evaluates a filter in storage's language, which is a part of OData's. */
function conditionOf(
  filter: string | undefined,
): (columns: Readonly<Record<string, unknown>>) => boolean {
  if (filter === undefined) return () => true;
  const names = filter.match(/\b[A-Za-z]\w*(?= (?:eq|ne|gt|ge|lt|le) )/g) ?? [];
  const types = new Map(
    names.map((name) => {
      const isBoolean = new RegExp(`\\b${name} \\w\\w (?:true|false)`).test(filter);
      const type = name === "Timestamp" ? "date" : isBoolean ? "boolean" : "string";
      return [name, { name, type }] as const;
    }),
  );
  const parsed = parseFilter(filter, types);
  if (parsed.kind === "malformed") throw new Error(`Storage does not understand ${filter}.`);
  return (columns) => holds(parsed.filter, columns);
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
