import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { insert, signIn } from "../../support/client.ts";
import { count } from "../../support/counts.ts";
import { someFilter, someItem, someShortFilter } from "../../support/filters.ts";
import { useTestStack } from "../../support/testStack.ts";
import {
  type Item,
  itemIn,
  itemsIn,
  nextIn,
  pages,
  partitionOf,
  query,
  seed,
  todo,
} from "../../support/todoItems.ts";

const stack = useTestStack();

/** Whether a filter is short enough for the limit of the query options. */
const fitsIntoRequest = ({ text }: { readonly text: string }) =>
  new URLSearchParams({ $filter: text }).toString().length < 4_500;

describe("any query", () => {
  let token: string;
  let items: readonly Item[];

  beforeAll(async () => {
    const seeds = fc.sample(someItem, 230);
    const twin = {
      ...seeds[0],
      text: "x".repeat(300),
      complete: true,
      createdAt: "",
      updatedAt: "",
    };
    const time = new Date().toISOString();
    const long = ["b", "a", "c"].map((id) => ({ ...twin, id, createdAt: time, updatedAt: time }));
    await seed(stack().addresses.storage, "alice", [...seeds, ...long]);
    await seed(stack().addresses.storage, "bob", fc.sample(someItem, 30));
    token = await signIn(stack(), "alice");
    items = (await pages(stack(), token, "")).flatMap(itemsIn);
    expect(items.map(({ id }) => id)).toEqual([...seeds, ...long].map(({ id }) => id).sort());
  });

  const members = ["id", "text", "complete", "createdAt", "updatedAt", "version"] as const;
  interface SortKey {
    readonly member: keyof Item;
    readonly direction: string;
  }
  const sortKeys: fc.Arbitrary<SortKey[]> = fc.uniqueArray(
    fc.record({
      member: fc.constantFrom(...members),
      direction: fc.constantFrom("", " asc", " desc"),
    }),
    { selector: ({ member }) => member, maxLength: 3 },
  );

  const byId: SortKey = { member: "id", direction: "" };

  function inOrder(a: Item, b: Item, keys: readonly SortKey[]): number {
    for (const { member, direction } of [...keys, byId]) {
      if (a[member] !== b[member]) {
        return a[member] < b[member] === (direction !== " desc") ? -1 : 1;
      }
    }
    return 0;
  }

  test("returns over all its pages what an independent evaluation returns", async () => {
    const option = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
    await fc.assert(
      fc.asyncProperty(
        option(fc.oneof(someFilter, someShortFilter).filter(fitsIntoRequest)),
        option(sortKeys.filter((keys) => keys.length > 0)),
        option(fc.integer({ min: 0, max: 260 })),
        option(fc.integer({ min: 0, max: 240 })),
        option(fc.subarray([...members], { minLength: 1 })),
        option(fc.constantFrom("allpages", "none")),
        async (filter, keys, top, skip = 0, select, $inlinecount) => {
          const first = query({
            $filter: filter?.text,
            $orderby: keys?.map(({ member, direction }) => member + direction).join(","),
            $top: top?.toString(),
            $skip: skip > 0 ? String(skip) : undefined,
            $select: select?.join(","),
            $inlinecount,
          });
          const answers = await pages(stack(), token, first);

          const passing = items.filter((item) => filter?.holds(item) ?? true);
          const expected = passing
            .toSorted((a, b) => inOrder(a, b, keys ?? []))
            .slice(skip, top === undefined ? undefined : skip + top);
          const bodies = answers.map(({ text }) => JSON.parse(text));
          const counted = $inlinecount === "allpages";
          const results = bodies.flatMap((body) => (counted ? body.results : body));
          expect(results).toEqual(
            expected.map((item) =>
              Object.fromEntries((select ?? members).map((name) => [name, item[name]])),
            ),
          );
          for (const answer of counted ? answers : []) {
            const { count, nextLink } = JSON.parse(answer.text);
            expect(count).toBe(passing.length);
            expect(nextLink?.replace("/tables/TodoItem", "")).toBe(nextIn(answer));
          }
          // As many on a page as $top asks for.
          const most = top === undefined ? 100 : Math.max(1, top);
          expect(answers.length).toBe(Math.max(1, Math.ceil(expected.length / most)));
        },
      ),
      { numRuns: count(60, 2_000), endOnFailure: true },
    );
  }, 600_000);
});

test("the time of a write is compared with all of its digits, though storage may compare milliseconds", async () => {
  const token = await signIn(stack(), "gina");
  for (let n = 0; n < 3; n++) await insert(stack(), token, { id: `i${n}`, text: "x" });
  await Promise.all(Array.from({ length: 5 }, (_, n) => insert(stack(), token, { text: `${n}` })));
  const listed = itemsIn(await todo(stack(), token, "GET", query({ $orderby: "updatedAt" })));
  const times = listed.map(({ updatedAt }) => updatedAt);
  expect(times).toEqual(times.toSorted());
  for (const time of times) {
    const tick = BigInt(time.slice(20, 27));
    const next = `${time.slice(0, 20)}${String(tick + 1n).padStart(7, "0")}Z`;
    for (const literal of [time, ...(next.length === time.length ? [next] : [])]) {
      for (const [operator, holds] of [
        ["ge", (one: string) => one >= literal],
        ["gt", (one: string) => one > literal],
        ["le", (one: string) => one <= literal],
        ["lt", (one: string) => one < literal],
        ["eq", (one: string) => one === literal],
        ["ne", (one: string) => one !== literal],
      ] as const) {
        const $filter = `updatedAt ${operator} datetimeoffset'${literal}'`;
        const found = itemsIn(await todo(stack(), token, "GET", query({ $filter })));
        const expected = listed.filter(({ updatedAt }) => holds(updatedAt));
        expect([$filter, found.map(({ id }) => id)]).toEqual([
          $filter,
          expected.map(({ id }) => id).sort(),
        ]);
      }
    }
  }
});

test("a list that is not sorted by id continues at its position even if items change meanwhile", async () => {
  const [first, ...others] = Array.from({ length: 150 }, (_, n) => {
    const time = new Date(Date.UTC(2026, 0, 1, 0, n)).toISOString();
    return { id: `i${n}`, text: "x", complete: false, createdAt: time, updatedAt: time };
  });
  // One after the other, because a batch has one time.
  for (const one of first ? [first, ...others] : []) {
    await seed(stack().addresses.storage, "carol", [one]);
  }
  const token = await signIn(stack(), "carol");
  const page = await todo(stack(), token, "GET", query({ $orderby: "updatedAt" }));
  const seen = itemsIn(page).map(({ id }) => id);
  expect(seen.at(-1)).toBe("i99");

  // The page's last item moves to the end of the list, and an earlier item is deleted.
  await todo(stack(), token, "PATCH", "/i99", { body: { complete: true } });
  await todo(stack(), token, "DELETE", "/i3");

  const rest = itemsIn(await todo(stack(), token, "GET", nextIn(page) ?? "")).map(({ id }) => id);
  expect(rest).toEqual([...others.slice(99).map(({ id }) => id), "i99"]);
});

describe("an attempt to see another user's items", () => {
  const hers = "victim's";
  const partition = partitionOf(hers);

  beforeAll(async () => {
    await insert(stack(), await signIn(stack(), hers), { id: "secret", text: "hidden-away" });
    await insert(stack(), await signIn(stack(), "mallory"), { id: "mine", text: "in sight" });
  });

  const filters = [
    "true",
    "complete eq false or true",
    "text eq '' or true",
    "not false",
    "text ne 'x') or (PartitionKey ne 'x'",
    "complete eq false) or (complete eq false",
    `PartitionKey eq '${partition}'`,
    `text ne 'x' or PartitionKey eq '${partition}'`,
    `text ne 'x'' or PartitionKey eq ''${partition}'`,
    `text eq 'x' or PartitionKey eq '${partition}' or text eq 'x'`,
    "RowKey eq 'secret'",
    "id eq 'secret'",
    "id eq 'secret' or id ne 'x'",
    "text ne '' or true --",
    "text ne '' /* */ or true",
    "text ne ''; true",
    "text ne '\u0000' or true",
    "text ne '%27 or PartitionKey ne %27'",
    "text ne '\u2019 or PartitionKey ne \u2019'",
    "contains(text,'')",
    "startswith(id,'')",
    'text ne "x" or true',
    `${"(".repeat(500)}true${")".repeat(500)}`,
    `${"not ".repeat(500)}true`,
    "(".repeat(500),
    `text ne '${"x".repeat(4_900)}'`,
    `text ne '${"''".repeat(800)}'`,
    `text ne '${"é".repeat(800)}'`,
    `id ne 'x'${" or id ne 'x'".repeat(280)}`,
    `id ne 'x'${" and id ne 'x'".repeat(260)}`,
    `text ne '${"x".repeat(4_900)}`,
  ].map(($filter) => [$filter.slice(0, 60), $filter] as const);

  test.each(filters)("with the filter %j shows nothing", async (_, $filter) => {
    const token = await signIn(stack(), "mallory");
    for (const more of [{}, { $orderby: "text" }, { $inlinecount: "allpages" }]) {
      const answer = await todo(stack(), token, "GET", query({ $filter, ...more }));
      expect([200, 400]).toContain(answer.status);
      expect(answer.text).not.toContain("hidden-away");
      expect(answer.text).not.toContain("secret");
      if (answer.status === 400) {
        expect(answer.body).toMatchObject({
          error: expect.stringMatching(/^\$filter is malformed at position \d+: expected .+\.$/),
          errors: [{ pointer: "/query/$filter" }],
        });
      }
    }
  });

  test("with a forged position shows nothing: a position names no partition and is checked", async () => {
    const token = await signIn(stack(), "mallory");
    const position = (...values: unknown[]) =>
      Buffer.from(JSON.stringify(values)).toString("base64url");
    for (const [$skiptoken, status] of [
      [position("a"), 200],
      [position("a' or PartitionKey ne 'a"), 400],
      [position(partition, "a"), 400],
      [position(7), 400],
      [position(), 400],
      [position(null), 400],
      ["", 400],
      ["%%%", 400],
      [Buffer.from("{}").toString("base64url"), 400],
    ] as const) {
      const answer = await todo(stack(), token, "GET", query({ $skiptoken }));
      expect([$skiptoken, answer.status]).toEqual([$skiptoken, status]);
      expect(answer.text).not.toContain("hidden-away");
    }
    for (const [time, status] of [
      ["2026-01-01T00:00:00.1234567Z", 200],
      ["2026-01-01T00:00:00Z", 200],
      ["2026-13-45T00:00:00Z", 400],
      ["9999-99-99T99:99:99.9999999Z", 400],
      ["-------------------Z", 400],
      ["2026-01-01T00:00:00+01:00", 400],
      ["2026-01-01T00:00:00.12345678Z", 400],
    ] as const) {
      const $skiptoken = position(time, "a");
      const answer = await todo(
        stack(),
        token,
        "GET",
        query({ $orderby: "updatedAt", $skiptoken }),
      );
      expect([time, answer.status]).toEqual([time, status]);
    }
    const $orderby = "complete desc,text";
    for (const [$skiptoken, status] of [
      [position(true, "", "a"), 200],
      [position("true", "", "a"), 400],
      [position(true, "x".repeat(257), "a"), 400],
      [position("a"), 400],
    ] as const) {
      const answer = await todo(stack(), token, "GET", query({ $orderby, $skiptoken }));
      expect([$skiptoken, answer.status]).toEqual([$skiptoken, status]);
    }
  });
});

test("the link to the next page names no partition", async () => {
  const items = Array.from({ length: 101 }, (_, n) => {
    const time = new Date().toISOString();
    return { id: `${n}`, text: "x", complete: false, createdAt: time, updatedAt: time };
  });
  await seed(stack().addresses.storage, "dora", items);
  const token = await signIn(stack(), "dora");
  const next = nextIn(await todo(stack(), token, "GET", "")) ?? "";
  const position = new URLSearchParams(next).get("$skiptoken") ?? "";
  const decoded = Buffer.from(position, "base64url").toString();
  expect(next + decoded).not.toContain(partitionOf("dora"));
  expect(decoded).not.toContain("dora");
});

test.each([
  [{ $filter: "x", $top: "-1", $skip: "1.5", $select: "", $orderby: "x", $inlinecount: "yes" }, 6],
  [{ $top: "", $skip: "1e3" }, 2],
  [{ $top: "1000000000" }, 1],
  [{ $orderby: "text up" }, 1],
  [{ $orderby: "text,text desc" }, 1],
  [{ $orderby: "text,,id" }, 1],
  [{ $orderby: "PartitionKey" }, 1],
  [{ $select: "id,contentDigest" }, 1],
  [{ $select: "*" }, 1],
  [{ $expand: "owner", $count: "true", "$x<y>": "" }, 3],
  [{ $FILTER: "true" }, 1],
  [{ $skiptoken: "x" }, 1],
])("names every fault of the options %j", async (options, faults) => {
  const token = await signIn(stack(), "erin");
  const answer = await todo(stack(), token, "GET", query(options));
  expect(answer.status).toBe(400);
  const { errors } = JSON.parse(answer.text);
  expect(errors.map(({ pointer }: { pointer: string }) => pointer).sort()).toEqual(
    Object.keys(options)
      .map(
        (name) =>
          `/query/${name.replace("$x<y>", "%24x%3Cy%3E").replace(/^\$(expand|count|FILTER)$/, "%24$1")}`,
      )
      .sort(),
  );
  expect(errors).toHaveLength(faults);
});

test("names the position of an option's fault and what was expected there", async () => {
  const token = await signIn(stack(), "erin");
  for (const [options, error] of [
    [{ $orderby: "text,size" }, /^\$orderby is malformed at position 6: expected one of id, text/],
    [{ $select: "id, size" }, /^\$select is malformed at position 4: expected one of id, text/],
    [{ $top: "many" }, /^\$top is malformed at position 1: expected a whole number/],
    [
      { $filter: 'text eq "5"' },
      /^\$filter is malformed at position 9: expected a name, a literal or a parenthesis\.$/,
    ],
    [{ $filter: "text eq 5" }, /^\$filter is malformed at position 9: expected a string\.$/],
  ] as const) {
    const answer = await todo(stack(), token, "GET", query(options));
    expect(answer.body).toMatchObject({ error: expect.stringMatching(error) });
  }
});

test("ignores query parameters that do not begin with $", async () => {
  const token = await signIn(stack(), "finn");
  const item = itemIn(await insert(stack(), token, { text: "x" }));
  const path = "?__systemproperties=*&__includeDeleted=true&ZUMO-API-VERSION=2.0.0&filter=x";
  const { body } = await todo(stack(), token, "GET", path);
  expect(body).toEqual([{ ...item, deleted: false }]);
});
