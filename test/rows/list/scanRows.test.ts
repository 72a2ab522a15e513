import { describe, expect, test } from "vitest";
import { parseFilter } from "../../../src/odata/parseFilter.ts";
import { createListRows } from "../../../src/rows/list/listRows.ts";
import { scanRows } from "../../../src/rows/list/scanRows.ts";
import type { RowTable, StoredRow } from "../../../src/rows/rowTable.ts";
import { todoItem } from "../../../src/tables/todoItem.ts";

const timeOf = (second: number) => new Date(Date.UTC(2026, 0, 1) + second * 1_000).toISOString();

function rowOf(index: number, text: string): StoredRow {
  const time = timeOf(index);
  const rest = { contentDigest: "", intentId: "", version: `v${index}` };
  const id = String(index).padStart(5, "0");
  return {
    id,
    members: { text, complete: false },
    createdAt: time,
    writtenAt: time,
    updatedAt: time,
    ...rest,
  };
}

/** A table in memory that only reads. */
function tableOf(rows: readonly StoredRow[], onGet: (id: string) => void = () => {}) {
  const byId = new Map(rows.map((row) => [row.id, row]));
  let lists = 0;
  let mostLists = 0;
  const unused = () => Promise.reject(new Error("A list only reads."));
  const table: RowTable = {
    insert: unused,
    update: unused,
    delete: unused,
    remove: unused,
    listDeleted: unused,
    removeMarks: unused,
    async list(_partition, { after, limit }) {
      mostLists = Math.max(mostLists, ++lists);
      await new Promise(setImmediate);
      lists--;
      const left = [...byId.values()].filter(({ id }) => after === undefined || id > after);
      const rows = left.slice(0, limit);
      const last = rows.at(-1)?.id;
      return { kind: "page", rows, deleted: [], more: left.length > limit, last };
    },
    async get(_partition, id) {
      onGet(id);
      const row = byId.get(id);
      return row ? { kind: "found", row } : { kind: "absent" };
    },
  };
  return { table, byId, mostLists: () => mostLists };
}

const byCreation = [
  { member: "createdAt", descending: false },
  { member: "id", descending: false },
] as const;

describe("a scan of more text than it keeps", () => {
  const rows = Array.from({ length: 1_000 }, (_, index) => rowOf(index, "x".repeat(10_000)));

  /** Reads all pages from the 501st item on. */
  async function pagesOf(table: RowTable): Promise<readonly string[]> {
    const list = createListRows(
      () => table,
      () => 0,
    );
    const seen: string[] = [];
    let page = await list(todoItem, "p", {
      order: byCreation,
      skip: 500,
      counted: false,
      includeDeleted: false,
    });
    while (page.kind === "entries") {
      seen.push(...page.entries.map(({ id }) => id));
      if (!page.next) break;
      page = await list(todoItem, "p", {
        order: byCreation,
        skip: 0,
        counted: false,
        includeDeleted: false,
        after: page.next.after,
      });
    }
    return seen;
  }

  test("shows every item, the ones too that it reads again", async () => {
    const seen = await pagesOf(tableOf(rows).table);
    expect(seen).toEqual(rows.slice(500).map(({ id }) => id));
  });

  test("shows no item that changed before it is read again and no longer passes what storage filtered", async () => {
    const { table, byId } = tableOf(rows, (id) => {
      const row = byId.get(id);
      if (row) byId.set(id, { ...row, members: { ...row.members, complete: true } });
    });
    const parsed = parseFilter("complete eq false", todoItem.queryMembers);
    if (parsed.kind !== "filter") throw new Error("The filter is malformed.");
    const list = createListRows(
      () => table,
      () => 0,
    );
    const page = await list(todoItem, "p", {
      filter: parsed.filter,
      order: byCreation,
      skip: 500,
      counted: false,
      includeDeleted: false,
    });
    if (page.kind !== "entries") throw new Error(page.kind);
    expect(page.entries.filter(({ complete }) => complete)).toEqual([]);
    expect(page.entries.length).toBeLessThan(100);
  });

  test("skips no item if the last one of a page changes or goes before it is read again", async () => {
    for (const change of ["changes", "goes"]) {
      let left = 1;
      const { table, byId } = tableOf(rows, (id) => {
        const row = byId.get(id);
        if (row?.createdAt !== timeOf(599) || left-- <= 0) return;
        if (change === "goes") byId.delete(id);
        else byId.set(id, { ...row, createdAt: timeOf(100_000) });
      });
      const others = new Set(rows.slice(500).map(({ id }) => id));
      others.delete("00599");
      const seen = new Set(await pagesOf(table));
      seen.delete("00599");
      expect(seen).toEqual(others);
    }
  });
});

describe("the budget of a filter", () => {
  const scan = (text: string, filter: string, count: number) => {
    const parsed = parseFilter(filter, todoItem.queryMembers);
    if (parsed.kind !== "filter") throw new Error(filter);
    const rows = Array.from({ length: count }, (_, index) => rowOf(index, text));
    const work = { characters: 0, most: 200_000_000 };
    const wanted = { order: byCreation, skip: 0, limit: 10 };
    const options = { filter: parsed.filter, ...wanted, includeDeleted: false, work };
    return scanRows(todoItem, tableOf(rows).table, "p", options);
  };

  test("counts a long part many times, because the search may look at each character so often", async () => {
    const part = `${"a".repeat(2_400)}b${"a".repeat(2_400)}`;
    const text = "a".repeat(10_000);
    expect(await scan(text, `contains(text,'${part}')`, 200)).toEqual({ kind: "tooCostly" });
    expect(await scan(text, "contains(text,'ab')", 200)).toMatchObject({ kind: "part" });
  });

  test("lets a plain search through the most and longest items", async () => {
    expect(await scan("a".repeat(1_000), "contains(text,'milk')", 10_000)).toMatchObject({
      kind: "part",
      count: 0,
    });
  });
});
