import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { describe, expect, expectTypeOf, test } from "vitest";
import type { Fault } from "../../src/http/problem.ts";
import { parseFilter } from "../../src/odata/parseFilter.ts";
import { createAzureRowTables } from "../../src/rows/azureRowTable.ts";
import { createGetRow, createUpdateRow } from "../../src/rows/existingRow.ts";
import { createInsertRow } from "../../src/rows/insertRow.ts";
import { readListQuery } from "../../src/rows/list/listQuery.ts";
import { createListRows } from "../../src/rows/list/listRows.ts";
import type { MemberValue } from "../../src/rows/member.ts";
import {
  boolean,
  date,
  integer,
  number,
  oneOf,
  optional,
  text,
  user,
} from "../../src/rows/memberKinds.ts";
import { readChanges, readNewRow } from "../../src/rows/rowBody.ts";
import type { Entry, RowTables } from "../../src/rows/rowTable.ts";
import { defineTable, type Table } from "../../src/rows/table.ts";
import { count } from "../support/counts.ts";
import { storageClientsOf } from "../support/storageClients.ts";
import { ownStorage } from "../support/testStack.ts";
import { createInMemoryRows, type InMemoryColumns } from "./inMemoryRows.ts";

/** A table with a member of every kind, each required, with a default and optional. */
const everyKind = defineTable("EveryKind", {
  members: {
    title: text({ longest: 40 }),
    note: optional(text({ longest: 40, shortest: 0 })),
    state: oneOf(["open", "done"], { default: "open" }),
    mood: optional(oneOf(["good", "bad"])),
    flag: boolean({ default: false }),
    starred: optional(boolean()),
    priority: integer({ default: 0, least: -5, most: 5 }),
    size: number(),
    rating: optional(number()),
    due: date({ default: "2026-01-01T00:00:00.000Z" }),
    seen: optional(date()),
    assignee: optional(user()),
  },
  example: { title: "x", size: 1 },
  announceInsert(row) {
    expectTypeOf(row.id).toEqualTypeOf<string>();
    expectTypeOf(row.state).toEqualTypeOf<"open" | "done">();
    expectTypeOf(row.mood).toEqualTypeOf<"good" | "bad" | null>();
    expectTypeOf(row.priority).toEqualTypeOf<number>();
    expectTypeOf(row.assignee).toEqualTypeOf<`${string}:${string}` | null>();
    return { text: row.title };
  },
});

const shortText = fc.string({ minLength: 1, maxLength: 6, unit: "grapheme" });
const someDate = fc
  .integer({ min: 0, max: 4 })
  .map((day) => new Date(Date.UTC(2026, 0, 1 + day)).toISOString());

/** Bodies, most of whose members are drawn from few values, so that filters find some. */
const body = fc.record(
  {
    title: fc.oneof(fc.constantFrom("a", "b", "it's"), shortText),
    note: fc.option(fc.constantFrom("", "n", "m")),
    state: fc.constantFrom("open", "done"),
    mood: fc.option(fc.constantFrom("good", "bad")),
    flag: fc.boolean(),
    starred: fc.option(fc.boolean()),
    priority: fc.integer({ min: -5, max: 5 }),
    size: fc.oneof(
      fc.integer({ min: -2, max: 2 }),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
    ),
    rating: fc.option(fc.integer({ min: 0, max: 3 })),
    due: someDate,
    seen: fc.option(someDate),
    assignee: fc.option(fc.constantFrom("local:a", "local:b")),
  },
  { requiredKeys: ["title", "size"] },
);

/** What the API does with the rows of one user. */
function apiOf(rowTables: RowTables, table: Table, owner: string) {
  const insert = createInsertRow(rowTables);
  const list = createListRows(rowTables, () => 0);
  return {
    async insert(body: object) {
      const reading = readNewRow(table, { ...body });
      if (reading.kind === "problem") throw new Error(reading.problem.detail);
      const { answer } = await insert(
        table,
        owner,
        reading.row,
        randomUUID(),
        Number.POSITIVE_INFINITY,
      );
      return answer;
    },
    async get(id: string) {
      const found = await createGetRow(rowTables)(table, owner, id);
      return found.kind === "found" ? found.row : found.kind;
    },
    async update(id: string, body: object, versions?: readonly string[]) {
      const faults: Fault[] = [];
      const changes = readChanges(table, { ...body }, id, faults);
      expect(faults).toEqual([]);
      const updated = await createUpdateRow(rowTables)(table, owner, id, changes, versions);
      return updated.kind === "updated" ? updated.row : updated.kind;
    },
    /** Follows the pages. */
    async list(options: Readonly<Record<string, string>>): Promise<readonly Entry[]> {
      const reading = readListQuery(table, new URLSearchParams(options));
      if (reading.kind === "problem") throw new Error(reading.problem.detail);
      const rows: Entry[] = [];
      let { query } = reading;
      for (;;) {
        const page = await list(table, owner, query);
        if (page.kind !== "entries") throw new Error(page.kind);
        rows.push(...page.entries);
        if (!page.next) return rows;
        query = { ...query, skip: 0, after: page.next.after };
      }
    },
  };
}

const azure = createAzureRowTables(storageClientsOf(ownStorage()));

/** Tables in memory, whose columns outlive a definition. */
function inMemory(): RowTables {
  const kept = new Map<string, InMemoryColumns>();
  return (table) => {
    const columns = kept.get(table.name) ?? new Map();
    kept.set(table.name, columns);
    return createInMemoryRows(table, columns);
  };
}

/** Writes a value as a literal of a filter. */
function literal(type: string, value: MemberValue): string {
  if (value === null) return "null";
  if (type === "date") return `datetimeoffset'${value}'`;
  return typeof value === "string" ? `'${value.replaceAll("'", "''")}'` : String(value);
}

/** Whether a row passes a comparison, by the rules of OData: written for this test. */
function passes(row: Entry, member: string, operator: string, value: MemberValue): boolean {
  const own = row[member] ?? null;
  if (operator === "eq") return own === value;
  if (operator === "ne") return own !== value;
  if (own === null || value === null) return false;
  return (
    { gt: own > value, ge: own >= value, lt: own < value, le: own <= value }[operator] ?? false
  );
}

let owners = 0;
const newOwner = () => `owner-${owners++}`;

describe.each([
  ["in memory", inMemory(), count(60, 1_000)],
  ["in Azurite", azure, count(8, 100)],
] as const)("rows %s", (_, rowTables, numRuns) => {
  test("are read as they were written, and updates to null and back show", async () => {
    await fc.assert(
      fc.asyncProperty(body, body, fc.boolean(), async (first, second, isConditional) => {
        const api = apiOf(rowTables, everyKind, newOwner());
        const inserted = await api.insert({ id: "one", ...first });
        if (inserted.kind !== "inserted") throw new Error(inserted.kind);
        const { row } = inserted;
        expect(Object.keys(row)).toEqual([...everyKind.types.keys()]);
        for (const [name, { absent }] of everyKind.members) {
          const sent: unknown = Reflect.get(first, name);
          const expected = sent === undefined && absent.kind === "value" ? absent.value : sent;
          // JSON has no negative zero.
          expect([name, JSON.stringify(row[name])]).toEqual([name, JSON.stringify(expected)]);
        }
        expect(JSON.stringify(await api.get("one"))).toBe(JSON.stringify(row));
        // The same again answers like the first time.
        expect(await api.insert({ id: "one", ...first })).toEqual({ kind: "inserted", row });

        let current = row;
        const nulls = { note: null, mood: null, starred: null, rating: null, seen: null };
        for (const changes of [{ ...nulls, flag: true }, second, nulls, first]) {
          const versions = isConditional ? [current.version] : undefined;
          const updated = await api.update("one", changes, versions);
          if (typeof updated === "string") throw new Error(updated);
          const wanted: Readonly<Record<string, unknown>> = { ...current, ...changes };
          for (const name of everyKind.members.keys()) {
            const values = [updated[name], wanted[name] ?? null].map((one) => JSON.stringify(one));
            expect([name, values[0]]).toEqual([name, values[1]]);
          }
          expect(JSON.stringify(await api.get("one"))).toBe(JSON.stringify(updated));
          current = updated;
        }
      }),
      { numRuns },
    );
  });

  test("are filtered and ordered by every kind of member, whether storage or the app evaluates it", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(body, { minLength: 1, maxLength: 12 }),
        fc.array(
          fc.record({
            member: fc.constantFrom(...everyKind.members.keys()),
            operator: fc.constantFrom("eq", "ne", "gt", "ge", "lt", "le"),
            from: fc.nat(),
            isNull: fc.integer({ min: 0, max: 9 }).map((one) => one === 0),
            isNot: fc.boolean(),
          }),
          { minLength: 1, maxLength: 3 },
        ),
        fc.constantFrom("and", "or"),
        async (bodies, conditions, joiner) => {
          const api = apiOf(rowTables, everyKind, newOwner());
          for (const [index, one] of bodies.entries()) await api.insert({ id: `${index}`, ...one });
          const all = await api.list({});
          expect(all).toHaveLength(bodies.length);
          const drawn = conditions.flatMap(({ member, operator, from, isNull, isNot }) => {
            const type = everyKind.types.get(member) ?? "";
            const value = isNull ? null : (all[from % all.length]?.[member] ?? null);
            if (type === "boolean" && operator !== "eq" && operator !== "ne") return [];
            const written = `${member} ${operator} ${literal(type, value)}`;
            const is = (row: Entry) => passes(row, member, operator, value) !== isNot;
            return [{ written: isNot ? `not (${written})` : written, is }];
          });
          if (drawn.length === 0) return;
          const $filter = drawn.map(({ written }) => written).join(` ${joiner} `);
          const expected = all.filter((row) =>
            joiner === "and" ? drawn.every(({ is }) => is(row)) : drawn.some(({ is }) => is(row)),
          );
          const ids = (rows: readonly Entry[]) => rows.map(({ id }) => id);
          expect([$filter, ids(await api.list({ $filter }))]).toEqual([$filter, ids(expected)]);

          const [{ member = "" } = {}] = conditions;
          const ordered = await api.list({ $filter, $orderby: `${member} desc` });
          expect(new Set(ids(ordered))).toEqual(new Set(ids(expected)));
          for (const [index, row] of ordered.entries()) {
            const next = ordered[index + 1];
            if (next === undefined) continue;
            const [a, b] = [row[member] ?? null, next[member] ?? null];
            // Null comes before everything, so last if the order is descending.
            expect(a === b || b === null || (a !== null && a > b)).toBe(true);
          }
        },
      ),
      { numRuns },
    );
  });

  test("are not updated to null with a version that they no longer have", async () => {
    const owner = newOwner();
    const api = apiOf(rowTables, everyKind, owner);
    const inserted = await api.insert({ id: "one", title: "a", size: 1, note: "n" });
    if (inserted.kind !== "inserted") throw new Error(inserted.kind);
    await api.update("one", { title: "b" });
    const changes = { members: { note: null }, writtenAt: new Date().toISOString() };
    const { version } = inserted.row;
    expect(await rowTables(everyKind).update(owner, "one", changes, version)).toEqual({
      kind: "changed",
    });
    expect(await api.get("one")).toMatchObject({ title: "b", note: "n" });
  });

  test("keep what each of many updates at once writes, half of them to null", async () => {
    const api = apiOf(rowTables, everyKind, newOwner());
    const nulls = { note: null, mood: null, starred: null, rating: null, seen: null };
    const others = { title: "b", state: "done", flag: true, priority: 5, size: 2 };
    for (const id of ["1", "2", "3"]) {
      await api.insert({
        id,
        title: "a",
        size: 1,
        note: "n",
        mood: "bad",
        starred: true,
        rating: 1,
      });
      const changes = Object.entries({ ...nulls, ...others }).map(([name, value]) => ({
        [name]: value,
      }));
      const updated = await Promise.all(changes.map((one) => api.update(id, one)));
      for (const [index, one] of changes.entries()) expect(updated[index]).toMatchObject(one);
      expect(await api.get(id)).toMatchObject({ ...nulls, ...others });
    }
  });

  test("answer a repeat of their insert after an update to null, and are still those of their intent", async () => {
    const owner = newOwner();
    const api = apiOf(rowTables, everyKind, owner);
    const first = { id: "one", title: "a", size: 1, note: "n" };
    const stored = () => rowTables(everyKind).get(owner, "one");
    await api.insert(first);
    const before = await stored();
    await api.update("one", { note: null });
    expect(await api.insert(first)).toMatchObject({ kind: "inserted", row: { note: null } });
    if (before.kind !== "found") throw new Error(before.kind);
    const { intentId, createdAt } = before.row;
    expect(await stored()).toMatchObject({ row: { intentId, createdAt } });
  });

  describe("of an earlier definition", () => {
    const before = defineTable("Changing", {
      members: {
        text: text({ longest: 20 }),
        removed: text({ longest: 20 }),
        state: oneOf(["open", "done", "odd"]),
      },
      example: { text: "x", removed: "x", state: "open" },
    });
    const after = defineTable("Changing", {
      members: {
        added: integer({ default: 3 }),
        text: text({ longest: 5 }),
        state: oneOf(["open", "done"]),
        hidden: boolean({ default: true }),
        label: oneOf(["a", "b"], { default: "a" }),
        later: optional(date()),
        needed: text({ longest: 5 }),
      },
      example: { text: "x", state: "open", needed: "x" },
    });

    test("have the defaults of what was added, keep what was tightened, and hide what was removed", async () => {
      const owner = newOwner();
      const earlier = apiOf(rowTables, before, owner);
      await earlier.insert({ id: "long", text: "longer than 5", removed: "r", state: "odd" });
      const api = apiOf(rowTables, after, owner);
      const shown = {
        id: "long",
        added: 3,
        text: "longer than 5",
        state: "odd",
        hidden: true,
        label: "a",
        later: null,
        needed: null,
      };
      expect(await api.get("long")).toMatchObject(shown);
      expect(Object.keys(Object(await api.get("long")))).toEqual([...after.types.keys()]);
      for (const [$filter, isFound] of [
        ["added eq 3", true],
        ["added gt 3", false],
        ["hidden", true],
        ["not hidden", false],
        ["hidden eq true", true],
        ["hidden ne false", true],
        ["hidden eq false", false],
        ["label eq 'a'", true],
        ["label ne 'a'", false],
        ["label ne 'b'", true],
        ["label lt 'b'", true],
        ["not (label eq 'b')", true],
        ["later eq null", true],
        ["needed eq 'x'", false],
        ["needed ne 'x'", true],
        ["needed eq null", true],
        ["state eq 'odd'", true],
      ] as const) {
        const parsed = parseFilter($filter, after.queryMembers);
        expect([$filter, parsed.kind]).toEqual([$filter, "filter"]);
        const found = (await api.list({ $filter })).length === 1;
        expect([$filter, found]).toEqual([$filter, isFound]);
      }
      expect(await api.list({ $orderby: "needed,added desc" })).toMatchObject([shown]);
      // It can be updated, also without what it lacks.
      expect(await api.update("long", { label: "b" })).toMatchObject({ ...shown, label: "b" });
      expect(await api.update("long", { later: null })).toMatchObject({ ...shown, label: "b" });
      // What was removed is still there for the earlier release.
      expect(await earlier.get("long")).toMatchObject({ text: "longer than 5", removed: "r" });
    });

    test("a repeat of an insert answers as the first time if only optional members were added", async () => {
      const owner = newOwner();
      const example = { text: "x" };
      const small = defineTable("Optional", { members: { text: text() }, example });
      const members = { text: text(), note: optional(text()), due: optional(date()) };
      const grown = defineTable("Optional", { members, example });
      const body = { id: "one", text: "abc" };
      await apiOf(rowTables, small, owner).insert(body);
      const api = apiOf(rowTables, grown, owner);
      expect(await api.insert(body)).toMatchObject({ kind: "inserted", row: { note: null } });
      expect(await api.insert({ ...body, note: "n" })).toMatchObject({ kind: "conflict" });
    });

    test("have the default, else null, in place of a value of another kind", async () => {
      const owner = newOwner();
      const example = { a: "x", b: 1, c: true };
      const members = { a: text(), b: number(), c: boolean() };
      const first = defineTable("Kinds", { members, example });
      const other = defineTable("Kinds", {
        members: { a: integer({ default: 7 }), b: optional(text()), c: date() },
        example: { c: "2026-01-01T00:00:00Z" },
      });
      await apiOf(rowTables, first, owner).insert({ id: "one", ...example });
      const api = apiOf(rowTables, other, owner);
      expect(await api.get("one")).toMatchObject({ id: "one", a: 7, b: null, c: null });
      for (const $filter of ["a eq 7", "b eq null", "c eq null", "a eq 7 and b ne 'x'"]) {
        expect([$filter, (await api.list({ $filter })).length]).toEqual([$filter, 1]);
      }
    });

    test("a repeat of an insert from before answers as the first time, and other content does not", async () => {
      const owner = newOwner();
      const body = { id: "one", text: "abc", state: "open" };
      const small = defineTable("Growing", {
        members: {
          text: text({ longest: 20 }),
          state: oneOf(["open", "done"], { default: "open" }),
        },
        example: { text: "x" },
      });
      const grown = defineTable("Growing", {
        members: {
          first: integer({ default: 1 }),
          text: text({ longest: 20 }),
          note: optional(text()),
          state: oneOf(["open", "done"], { default: "open" }),
          last: boolean({ default: false }),
        },
        example: { text: "x" },
      });
      await apiOf(rowTables, small, owner).insert(body);
      const api = apiOf(rowTables, grown, owner);
      const shown = { first: 1, text: "abc", note: null, state: "open", last: false };
      expect(await api.insert(body)).toMatchObject({ kind: "inserted", row: shown });
      expect(await api.insert({ id: "one", text: "abc" })).toMatchObject({ kind: "inserted" });
      for (const other of [{ first: 2 }, { last: true }, { note: "n" }, { text: "abd" }]) {
        expect(await api.insert({ ...body, ...other })).toMatchObject({ kind: "conflict" });
      }
    });

    test("a repeat answers as the first time after members were removed, reordered and added in front", async () => {
      const owner = newOwner();
      const before = defineTable("Reordered", {
        members: { text: text(), removed: text({ default: "r" }), size: number() },
        example: { text: "x", size: 1 },
      });
      const flags = Array.from({ length: 12 }, (_, index) => `flag${index}`);
      const after = defineTable("Reordered", {
        members: {
          ...Object.fromEntries(flags.map((name) => [name, boolean({ default: false })])),
          size: number(),
          text: text(),
        },
        ignored: ["removed"],
        example: { text: "x", size: 1 },
      });
      const body = { id: "one", text: "abc", removed: "x", size: 5 };
      await apiOf(rowTables, before, owner).insert(body);
      const api = apiOf(rowTables, after, owner);
      expect(await api.insert(body)).toMatchObject({ kind: "inserted", row: { size: 5 } });
      for (const other of [{ size: 6 }, { text: "abd" }, { flag0: true }]) {
        expect(await api.insert({ ...body, ...other })).toMatchObject({ kind: "conflict" });
      }
      // What a changed row was inserted with is known by its digest alone.
      await api.update("one", { size: 6 });
      expect(await api.insert(body)).toMatchObject({ kind: "conflict" });
    });
  });
});
