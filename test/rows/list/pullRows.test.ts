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
    { numRuns: count(25, 400), endOnFailure: true },
  );
}, 600_000);
