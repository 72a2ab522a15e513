import { readFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import * as v from "valibot";
import { beforeAll, describe, expect, test } from "vitest";
import { createAzureRowTables } from "../../../src/rows/azureRowTable.ts";
import { readListQuery } from "../../../src/rows/list/listQuery.ts";
import { createListRows } from "../../../src/rows/list/listRows.ts";
import { boolean, date, integer, number, optional, text } from "../../../src/rows/memberKinds.ts";
import type { Entry } from "../../../src/rows/rowTable.ts";
import { defineTable } from "../../../src/rows/table.ts";
import { evaluateByStandard, type StandardRow, ticksOf } from "../../odata/standard.ts";
import { count } from "../../support/counts.ts";
import { storageClientsOf } from "../../support/storageClients.ts";
import { ownStorage } from "../../support/testStack.ts";

/** What the libraries of 2013 to 2018 write, mostly in their own tests, with the names of members of this table. */
const queries = v.parse(
  v.array(
    v.strictObject({
      library: v.picklist(["JavaScript", ".NET", "Android", "iOS"]),
      from: v.string(),
      filter: v.optional(v.string()),
      orderby: v.optional(v.string()),
      select: v.optional(v.string()),
    }),
  ),
  JSON.parse(await readFile(join(import.meta.dirname, "oldQueries.json"), "utf8")),
);

const table = defineTable("Movie", {
  members: {
    text: text({ default: "" }),
    note: optional(text()),
    count: integer({ default: 0 }),
    price: number({ default: 0 }),
    size: optional(integer()),
    done: boolean({ default: false }),
    due: date({ default: "2013-01-01T00:00:00.000Z" }),
    seen: optional(date()),
  },
  example: {},
  softDelete: true,
});

const rows = createAzureRowTables(storageClientsOf(ownStorage()))(table);
const list = createListRows(
  () => rows,
  () => 0,
);

/** The values of the literals of a kind in all queries, so that comparisons often hold. */
function literals(pattern: RegExp): string[] {
  const all = queries.map(({ filter = "" }) => filter).join(" ");
  return [...new Set([...all.matchAll(pattern)].map(([, value = ""]) => value))];
}

const texts = ["", " ", "Bob", "a", ...literals(/(?<![\w])'((?:[^']|'')*)'/g)].map((one) =>
  one.replaceAll("''", "'"),
);
const numbers = literals(/(?<![\w'.-])(-?\d+(?:\.\d+)?)(?![\w:.-])/g).map(Number);
const dates = literals(/datetime(?:offset)?'([^']+)'/g).map((one) => {
  return new Date(Number(ticksOf(one) / 10_000n)).toISOString();
});

let entries: readonly Entry[] = [];

async function listed(options: Readonly<Record<string, string>>): Promise<Entry[] | string> {
  const reading = readListQuery(table, new URLSearchParams(options));
  if (reading.kind === "problem") return reading.problem.detail;
  const found: Entry[] = [];
  let { query } = reading;
  for (;;) {
    const page = await list(table, "p", query);
    if (page.kind !== "entries") return page.kind;
    found.push(...page.entries);
    if (!page.next) return found;
    query = { ...query, skip: 0, after: page.next.after };
  }
}

beforeAll(async () => {
  const pick = <Value>(from: readonly Value[], index: number, by: number) =>
    from[(index * by + (index >> 3)) % from.length];
  for (let index = 0; index < 96; index++) {
    const isNull = index % 5 === 0;
    const guid = `0f8fad5b-d9cb-469f-a165-7086772895${index.toString(16).padStart(2, "0")}`;
    const members = {
      text: pick(texts, index, 7) ?? "",
      note: isNull ? null : (pick(texts, index, 11) ?? ""),
      count: Math.trunc(pick(numbers, index, 3) ?? 0),
      price: (pick(numbers, index, 5) ?? 0) + (index % 4 === 0 ? 0.5 : 0),
      size: isNull ? null : Math.trunc(pick(numbers, index, 13) ?? 0),
      done: index % 2 === 0,
      due: pick(dates, index, 7) ?? "",
      seen: isNull ? null : (pick(dates, index, 3) ?? ""),
    };
    const createdAt = pick(dates, index, 5) ?? "";
    const columns = { createdAt, writtenAt: createdAt, contentDigest: "", intentId: "" };
    const id = index % 3 === 0 ? guid : index % 3 === 1 ? guid.toUpperCase() : `id${index}`;
    const inserted = await rows.insert("p", { id, members, ...columns }, Number.MAX_VALUE);
    expect(inserted.kind).toBe("inserted");
  }
  const all = await listed({});
  if (typeof all === "string") throw new Error(all);
  entries = all;
}, 120_000);

/** Returns a row as the standard's evaluator sees it. */
function standardRow(entry: Entry): StandardRow {
  const members = [...table.queryMembers].map(([written, { name, type }]) => {
    const value = name === "deleted" ? false : (entry[name] ?? null);
    const plain = type === "date" && typeof value === "string" ? ticksOf(value) : value;
    return [written, { type, value: plain }] as const;
  });
  return new Map(members);
}

function expectedOf(filter: string): Set<string> {
  const passing = entries.filter((entry) => evaluateByStandard(filter, standardRow(entry)));
  return new Set(passing.map(({ id }) => id));
}

describe.each(["JavaScript", ".NET", "Android", "iOS"] as const)(
  "what the library of %s writes",
  (library) => {
    const own = queries.filter((one) => one.library === library);
    const filters = own.flatMap(({ filter }) => (filter === undefined ? [] : [filter]));

    test(`gives the rows that the standard says: ${filters.length} filters`, {
      timeout: 120_000,
    }, async () => {
      let some = 0;
      for (const filter of filters) {
        let expected: Set<string> | "refused";
        try {
          expected = expectedOf(filter);
        } catch (error) {
          // Such as a date against a string.
          if (!(error instanceof TypeError)) throw error;
          expected = "refused";
        }
        const found = await listed({ $filter: filter });
        if (typeof found === "string")
          expect([filter, found, expected]).toEqual([filter, found, "refused"]);
        else expect([filter, new Set(found.map(({ id }) => id))]).toEqual([filter, expected]);
        if (expected !== "refused" && expected.size > 0) some++;
      }
      // The rows are such that a good part of the filters says something.
      expect(some).toBeGreaterThan(filters.length / 3);
    });

    test("has the orders and members that it asks for", { timeout: 120_000 }, async () => {
      for (const { orderby, select } of own) {
        if (orderby === undefined && select === undefined) continue;
        const found = await listed({
          ...(orderby !== undefined && { $orderby: orderby }),
          ...(select !== undefined && { $select: select }),
        });
        expect([orderby, select, Array.isArray(found)]).toEqual([orderby, select, true]);
        expect(found.length).toBe(entries.length);
      }
    });
  },
);

test("a guid is the same in lower case and in upper case, on either side", async () => {
  const guids = entries.map(({ id }) => id).filter((id) => id.includes("-"));
  for (const id of guids.slice(0, 6)) {
    for (const literal of [`guid'${id.toLowerCase()}'`, `guid'${id.toUpperCase()}'`]) {
      for (const filter of [`id eq ${literal}`, `(${literal} ne id)`, `not (id eq ${literal})`]) {
        const found = await listed({ $filter: filter });
        if (typeof found === "string") throw new Error(found);
        expect([filter, new Set(found.map((one) => one.id))]).toEqual([filter, expectedOf(filter)]);
      }
    }
  }
});

/** A source of random numbers that fast-check repeats. */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return ((state >>> 8) & 0xffffff) % below;
  };
}

type Wanted = "boolean" | "date" | "integer" | "number" | "string";

/** Writes a random expression of a type. */
function expression(type: Wanted, depth: number, below: (most: number) => number): string {
  const of = (wanted: Wanted) => expression(wanted, depth - 1, below);
  const one = (...from: readonly string[]) => from[below(from.length)] ?? "";
  const quoted = () => `'${(texts[below(texts.length)] ?? "").replaceAll("'", "''")}'`;
  if (below(7) === 0 && depth > 0) return `(${of(type)})`;
  const leaf = depth <= 0 || below(4) === 0;
  switch (type) {
    case "string":
      if (leaf) return one("text", "note", "id", "__version", quoted());
      return one(
        ...[`tolower(${of("string")})`, `toupper(${of("string")})`, `trim(${of("string")})`],
        ...[
          `concat(${of("string")},${of("string")})`,
          `substring(${of("string")},${of("integer")})`,
        ],
        `replace(${of("string")},${of("string")},${of("string")})`,
        `substring(${of("string")},${of("integer")},${of("integer")})`,
      );
    case "integer":
      if (leaf) return one("count", "size", String(below(20) - 5), `${below(100)}L`);
      return one(
        ...[`length(${of("string")})`, `indexof(${of("string")}, ${of("string")})`],
        `${one("year", "month", "day", "hour", "minute", "second")}(${of("date")})`,
        `(${of("integer")} ${one("add", "sub", "mul", "div", "mod")} ${of("integer")})`,
      );
    case "number":
      if (leaf) return one("price", "count", "2.5", "1E+2", "1e 1", "-3.5m", "7f", "null");
      return one(
        `${one("round", "floor", "ceiling")}(${of("number")})`,
        `(${of(one("integer", "number") === "integer" ? "integer" : "number")} ${one("add", "sub", "mul", "div", "mod")} ${of("number")})`,
      );
    case "date":
      return one(
        "due",
        "seen",
        "createdAt",
        "__createdAt",
        `datetime'${dates[below(dates.length)]}'`,
      );
    case "boolean": {
      if (leaf) return one("done", "__deleted", "true", "false");
      const kind = one("string", "integer", "number", "date");
      const compared: Wanted =
        kind === "string" || kind === "integer" || kind === "number" ? kind : "date";
      const order = one("eq", "ne", "gt", "ge", "lt", "le");
      return one(
        `${of(compared)} ${order} ${of(compared)}`,
        `${of(compared)} ${one("eq", "ne")} null`,
        `${of("boolean")} ${one("and", "or")} ${of("boolean")}`,
        `not (${of("boolean")})`,
        `(${of("boolean")}) ${one("eq", "ne")} (${of("boolean")})`,
        `${one("startswith", "endswith", "contains", "substringof")}(${of("string")},${of("string")})`,
      );
    }
  }
}

test("random expressions give the rows that the standard says", { timeout: 600_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer(), fc.integer({ min: 1, max: 4 }), async (seed, depth) => {
      const filter = expression("boolean", depth, randomOf(seed));
      if (encodeURIComponent(filter).length > 4_500) return;
      const found = await listed({ $filter: filter });
      if (typeof found === "string") throw new Error(`${filter}: ${found}`);
      expect([filter, new Set(found.map(({ id }) => id))]).toEqual([filter, expectedOf(filter)]);
    }),
    { numRuns: count(50, 5_000), endOnFailure: true },
  );
});
