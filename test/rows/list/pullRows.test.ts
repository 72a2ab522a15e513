import fc from "fast-check";
import { expect, test } from "vitest";
import { readListQuery } from "../../../src/rows/list/listQuery.ts";
import { createListRows } from "../../../src/rows/list/listRows.ts";
import type { RowTable } from "../../../src/rows/rowTable.ts";
import { todoItem } from "../../../src/tables/todoItem.ts";
import { count } from "../../support/counts.ts";
import { createInMemoryRows } from "../inMemoryRows.ts";

/** How a client pulls. */
interface Way {
  readonly top: number;
  /** Whether it knows times in milliseconds only. */
  readonly isCoarse: boolean;
  /** Of an adopter who pulls a part of the items: it changes nothing of an item, so that the rest stays as it was. */
  readonly filter: string;
  /** Further keys of the order. */
  readonly order: string;
  /** Whether it goes on at a link instead of at the last time. */
  readonly follows: boolean;
}

/** A client with a copy of the items, which pulls as the libraries of 2013 to 2018 do. */
function clientOf(table: RowTable, { top, isCoarse, filter, order, follows }: Way) {
  const list = createListRows(
    () => table,
    () => 0,
  );
  const copy = new Map<string, string>();
  let last = "";
  const pageAt = async (skip: number, after: readonly unknown[] | undefined) => {
    const since = last === "" ? "" : `updatedAt ge datetimeoffset'${last}'`;
    const $filter = [since, filter].filter((one) => one !== "").join(" and ");
    // Without a $top, which bounds all pages of a list together.
    const $top = follows ? {} : { $top: String(top) };
    const options = { $filter, $orderby: `updatedAt${order}`, ...$top };
    const reading = readListQuery(
      todoItem,
      new URLSearchParams({
        ...options,
        ...(skip > 0 && { $skip: String(skip) }),
        ...(after && { $skiptoken: Buffer.from(JSON.stringify(after)).toString("base64url") }),
        __includeDeleted: "true",
      }),
    );
    if (reading.kind === "problem") throw new Error(reading.problem.detail);
    return list(todoItem, "p", reading.query);
  };
  return {
    copy,
    async pull(): Promise<void> {
      let skip = 0;
      let after: readonly unknown[] | undefined;
      for (;;) {
        const page = await pageAt(skip, after);
        if (page.kind !== "entries") throw new Error(page.kind);
        if (page.entries.length === 0) return;
        let latest = last;
        for (const entry of page.entries) {
          if (entry["deleted"] === true) copy.delete(entry.id);
          else copy.set(entry.id, String(entry["text"]));
          const time = isCoarse ? `${entry.updatedAt.slice(0, 23)}Z` : entry.updatedAt;
          if (time > latest) latest = time;
        }
        after = follows ? page.next?.after : undefined;
        if (follows) {
          if (after === undefined) {
            last = latest;
            return;
          }
          continue;
        }
        skip = latest > last ? 0 : skip + page.entries.length;
        last = latest;
      }
    },
  };
}

const someWay: fc.Arbitrary<Way> = fc.record({
  top: fc.constantFrom(3, 50, 700),
  isCoarse: fc.boolean(),
  filter: fc.constantFrom("", "", "contains(text,'')", "complete eq false"),
  order: fc.constantFrom("", " asc,text desc", " asc,id desc"),
  follows: fc.boolean(),
});

test("whatever races, a client that pulls ends with what the server has", async () => {
  await fc.assert(
    fc.asyncProperty(
      someWay,
      fc.constantFrom(0, 40, 300, count(300, 1_300)),
      fc.integer({ min: 1, max: 60 }),
      async (way, many, writes) => {
        const table = createInMemoryRows(todoItem);
        let next = 0;
        const ids: string[] = [];
        const add = async () => {
          // Ids are not in the order of the inserts.
          const id = `${(next * 7_919) % 10_007}-${next++}`;
          ids.push(id);
          const row = { id, members: { text: id, complete: false }, createdAt: "", writtenAt: "" };
          const columns = { ...row, createdAt: new Date(0).toISOString() };
          await table.insert("p", { ...columns, contentDigest: "", intentId: "" }, Infinity);
        };
        for (let index = 0; index < many; index++) await add();
        const client = clientOf(table, way);
        const write = async () => {
          const id = ids[Math.floor(Math.random() * ids.length)] ?? "";
          const kind = Math.random();
          if (kind < 0.4) await add();
          else if (kind < 0.7) {
            await table.update("p", id, { members: { text: `changed ${next++}` }, writtenAt: "" });
          } else await table.delete("p", id);
        };
        let isPulling = true;
        const writing = Array.from({ length: 3 }, async () => {
          for (let left = writes; left > 0 && isPulling; left--) {
            await new Promise(setImmediate);
            await write();
          }
        });
        await client.pull();
        await client.pull();
        isPulling = false;
        await Promise.all(writing);
        await client.pull();
        await client.pull();
        const rows = new Map<string, string>();
        for (const id of ids) {
          const found = await table.get("p", id);
          if (found.kind === "found") rows.set(id, String(found.row.members["text"]));
        }
        expect(new Map([...client.copy].sort())).toEqual(new Map([...rows].sort()));
      },
    ),
    { numRuns: count(15, 400), endOnFailure: true },
  );
}, 600_000);

/** A table with some rows, and what a pull of it shows. */
function tableWith(...ids: readonly string[]) {
  const table = createInMemoryRows(todoItem);
  const add = (id: string) => {
    const columns = { createdAt: "2026-01-01T00:00:00.000Z", writtenAt: "", contentDigest: "" };
    const row = { id, members: { text: id, complete: false }, ...columns, intentId: "" };
    return table.insert("p", row, Number.POSITIVE_INFINITY);
  };
  return {
    table,
    add,
    ready: (async () => {
      for (const id of ids) await add(id);
    })(),
    async pull(options: Readonly<Record<string, string>>, of: RowTable = table) {
      const list = createListRows(
        () => of,
        () => 0,
      );
      const all = { $orderby: "updatedAt", __includeDeleted: "true", ...options };
      const reading = readListQuery(todoItem, new URLSearchParams(all));
      if (reading.kind === "problem") throw new Error(reading.problem.detail);
      const page = await list(todoItem, "p", reading.query);
      if (page.kind !== "entries") throw new Error(page.kind);
      return page.entries;
    },
  };
}

test("a deletion that ends between the looks at the marks and at the rows is shown", async () => {
  const { table, add, ready, pull } = tableWith("a", "b");
  await ready;
  // It has begun, and has no mark yet; what is written next is later.
  const deletion = table.delete("p", "a");
  await add("c");
  let looks = 0;
  const late: RowTable = {
    ...table,
    async listDeleted(partition, selection) {
      const page = await table.listDeleted(partition, selection);
      if (looks++ > 0) return page;
      await deletion;
      return { kind: "page", rows: [], more: false };
    },
  };
  // The first look is at marks that are too old.
  looks = -1;
  const entries = await pull({}, late);
  expect(entries.map(({ id, deleted }) => [id, deleted])).toEqual([
    ["b", false],
    ["a", true],
    ["c", false],
  ]);
});

test("what a pull skips is what it got, also if that has changed since", async () => {
  const { table, add, ready, pull } = tableWith("a", "b");
  await ready;
  const last = (await pull({})).at(-1)?.updatedAt ?? "";
  await add("c");
  await table.update("p", "b", { members: { text: "changed" }, writtenAt: "" });
  for (const time of [last, `${last.slice(0, 23)}Z`]) {
    const $filter = `(updatedAt ge datetimeoffset'${time}')`;
    const entries = await pull({ $filter, $skip: "1", $top: "50" });
    expect(entries.map(({ id }) => id)).toEqual(["c", "b"]);
  }
});

test("no row is shown before a deletion that was earlier, however many deletions there are", async () => {
  const ids = Array.from({ length: 700 }, (_, n) => `d${String(n).padStart(3, "0")}`);
  const { table, add, ready, pull } = tableWith(...ids);
  await ready;
  for (const id of ids.slice(0, 400)) await table.delete("p", id);
  await add("after");
  for (const id of ids.slice(400, 600)) await table.delete("p", id);
  const all = [...ids.slice(600), ...ids.slice(0, 400), "after", ...ids.slice(400, 600)];
  for (const $top of ["50", "260", "1000"]) {
    const seen: string[] = [];
    for (let last = ""; ; ) {
      const since = last === "" ? {} : { $filter: `updatedAt gt datetimeoffset'${last}'` };
      const entries = await pull({ ...since, $top });
      if (entries.length === 0) break;
      seen.push(...entries.map(({ id }) => id));
      last = entries.at(-1)?.updatedAt ?? last;
    }
    expect([$top, seen]).toEqual([$top, all]);
  }
});

test("a list in another order has every deletion, also if there are more than storage returns at once", async () => {
  const ids = Array.from({ length: 1_100 }, (_, n) => `d${String(n).padStart(4, "0")}`);
  const { table, add, ready, pull } = tableWith(...ids);
  await ready;
  for (const id of ids.slice(0, 1_050)) await table.delete("p", id);
  const entries = await pull({ $orderby: "id desc", $top: "1000" });
  expect(entries.map(({ id }) => id)).toEqual(ids.toReversed().slice(0, 1_000));
  expect(entries.filter(({ deleted }) => deleted === true).length).toBe(950);
  // A pull looks behind them for what it is asked for.
  await add("z");
  const [first] = await pull({ $filter: "deleted eq false and id eq 'z'", $top: "1" });
  expect(first?.id).toBe("z");
});

test("an id that is used again is paged with the others, by $skip and by time", async () => {
  const { table, add, ready, pull } = tableWith("x");
  await ready;
  await table.delete("p", "x");
  const others = Array.from({ length: 270 }, (_, n) => `r${String(n).padStart(3, "0")}`);
  for (const id of others) await add(id);
  await add("x");
  const all = ["x", ...others, "x"];
  expect((await pull({ $top: "1000" })).map(({ id }) => id)).toEqual(all);
  const seen: string[] = [];
  for (let page = await pull({ $top: "50" }); page.length > 0; ) {
    seen.push(...page.map(({ id }) => id));
    page = await pull({ $top: "50", $skip: String(seen.length) });
  }
  expect(seen).toEqual(all);
  // Whatever evaluates the filter, and in whichever other order: the id is that of an item.
  for (const $orderby of ["id", "text", "updatedAt desc"]) {
    for (const $filter of ["complete eq true", "length(text) gt 100", "text eq 'else'"]) {
      expect([$orderby, $filter, await pull({ $orderby, $filter })]).toEqual([
        $orderby,
        $filter,
        [],
      ]);
    }
  }
});

test("a filter that costs too much for one entry is refused in every order, also of deleted ones", async () => {
  const { table, ready, pull } = tableWith("a", "b");
  await ready;
  await table.delete("p", "a");
  const long = "a".repeat(300);
  const made = `replace('${long}','a','${long}')`;
  for (const $orderby of ["updatedAt", "id", "text desc"]) {
    for (const $filter of [
      `length(replace(${made},'a','aa')) gt 0`,
      `indexof(${made},concat(replace('${long}','a','${long}'),'b')) eq 5`,
      // Less than all entries together may cost.
      `indexof(${made},concat(replace('${"a".repeat(140)}','a','${"a".repeat(70)}'),'b')) eq 5`,
    ]) {
      await expect(pull({ $orderby, $filter })).rejects.toThrow("tooCostly");
    }
  }
});
