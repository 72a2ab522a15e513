import { randomUUID } from "node:crypto";
import { beforeAll, expect, test } from "vitest";
import { insert, signIn } from "../support/client.ts";
import { count } from "../support/counts.ts";
import { startTestHost, type TestHost } from "../support/hosts.ts";
import { useTestStack } from "../support/testStack.ts";
import { type Item, itemIn, itemsIn, query, seed, todo } from "../support/todoItems.ts";

const stack = useTestStack();
let host: TestHost;
beforeAll(async () => {
  // The default limits.
  const settings = {
    Limits__writesPerMinute: undefined,
    Limits__writesAtOnce: undefined,
    Limits__scansPerMinute: undefined,
  };
  host = await startTestHost(stack(), { settings });
  return () => host.stop();
});

const library = { "ZUMO-API-VERSION": "2.0.0" };

test("a push of 500 operations of an app that was offline is accepted, all of it", async () => {
  const token = await signIn(stack(), "alice");
  const statuses: number[] = [];
  const ids = Array.from({ length: 250 }, () => randomUUID());
  // One after the other, as the libraries do, on several devices at once.
  const devices = [ids.slice(0, 125), ids.slice(125)].map(async (own) => {
    for (const id of own) {
      const body = { id, text: "offline" };
      const pushed = await todo(host.stack, token, "POST", "", { headers: library, body });
      statuses.push(pushed.status);
    }
    for (const [index, id] of own.entries()) {
      const change = { headers: library, body: { complete: true } };
      const pushed =
        index % 2 === 0
          ? await todo(host.stack, token, "PATCH", `/${id}`, change)
          : await todo(host.stack, token, "DELETE", `/${id}`, { headers: library });
      statuses.push(pushed.status);
    }
  });
  await Promise.all(devices);
  expect(statuses.length).toBe(500);
  expect(statuses.filter((status) => ![200, 201, 204].includes(status))).toEqual([]);
});

test("a pull of 1,600 items (in a long run) and fifteen pulls after it are within the limit", async () => {
  const token = await signIn(stack(), "bob");
  const now = new Date().toISOString();
  const items = Array.from({ length: count(400, 1_600) }, (_, n) => ({
    ...{ id: `i${n}`, text: "x", complete: false, createdAt: now, updatedAt: now },
  }));
  await seed(stack().addresses.storage, "bob", items);
  const seen = new Set<string>();
  let last = "1970-01-01T00:00:00.000Z";
  for (let pulls = 0; pulls < 16; pulls++) {
    for (let skip = 0; ; ) {
      const answer = await todo(
        host.stack,
        token,
        "GET",
        query({
          $filter: `(updatedAt ge datetimeoffset'${last}')`,
          ...{ $orderby: "updatedAt", $top: "50", $skip: String(skip), __includeDeleted: "true" },
        }),
        { headers: library },
      );
      expect(answer.status).toBe(200);
      const page: Item[] = JSON.parse(answer.text);
      if (page.length === 0) break;
      for (const { id } of page) seen.add(id);
      const latest = page.at(-1)?.updatedAt ?? last;
      skip = latest > last ? 0 : skip + page.length;
      last = latest;
    }
  }
  expect(seen.size).toBe(items.length);
});

test("a list that is paged by $skip alone ends, and shows every item, also if its filter looks like that of a pull", async () => {
  const token = await signIn(stack(), "kate");
  const now = new Date().toISOString();
  const items = Array.from({ length: 130 }, (_, n) => ({
    ...{ id: `i${n}`, text: "x", complete: false, createdAt: now, updatedAt: now },
  }));
  await seed(stack().addresses.storage, "kate", items);
  for (const operator of ["ge", "gt"]) {
    const seen: string[] = [];
    let pages = 0;
    for (; pages < 9; pages++) {
      const $filter = `updatedAt ${operator} datetime'2013-01-01T00:00:00Z'`;
      const options = { $filter, $orderby: "updatedAt", $top: "50", __includeDeleted: "true" };
      const path = query({ ...options, $skip: String(seen.length) });
      const page: Item[] = JSON.parse((await todo(stack(), token, "GET", path)).text);
      if (page.length === 0) break;
      seen.push(...page.map(({ id }) => id));
    }
    expect([operator, pages, seen.length, new Set(seen).size]).toEqual([operator, 3, 130, 130]);
  }
});

test("a conflict carries the item, and the answer to an update of a missing one is empty", async () => {
  const token = await signIn(stack(), "carol");
  const first = await insert(stack(), token, { id: "one", text: "first" });
  const old = await todo(stack(), token, "GET", "/one", { headers: library });
  const body = { id: "one", text: "second" };
  const conflict = await todo(stack(), token, "POST", "", { headers: library, body });
  expect(conflict.status).toBe(409);
  expect(conflict.body).toEqual(old.body);
  expect(conflict.headers.get("etag")).toBe(first.headers.get("etag"));
  const missing = await todo(stack(), token, "PATCH", "/two", {
    headers: library,
    body: { text: "x" },
  });
  expect([missing.status, missing.text]).toEqual([404, ""]);
  // Others get a problem of either.
  expect(await todo(stack(), token, "POST", "", { body })).toMatchObject({
    status: 409,
    body: { type: "urn:problem-type:notify-users:id-taken" },
  });
  expect(await todo(stack(), token, "PATCH", "/two", { body: { text: "x" } })).toMatchObject({
    status: 404,
    body: { type: "urn:problem-type:notify-users:item-not-found" },
  });
});

test("times have milliseconds for these libraries, and never later ones than the item's", async () => {
  const token = await signIn(stack(), "dora");
  const item = itemIn(await insert(stack(), token, { id: "one", text: "x" }));
  expect(item.updatedAt).toMatch(/\.\d{7}Z$/);
  const cut = `${item.updatedAt.slice(0, 23)}Z`;
  for (const path of ["/one", "", query({ $select: "id,__updatedAt" })]) {
    const { text } = await todo(stack(), token, "GET", path, { headers: library });
    expect(text).toContain(`"${cut}"`);
  }
  // The next pull finds it again.
  const $filter = `__updatedAt ge datetime'${cut}'`;
  expect(itemsIn(await todo(stack(), token, "GET", query({ $filter })))).toEqual([item]);
});

test("a page has up to 1,000 items where $top asks for them, and no more than two million characters", async () => {
  const token = await signIn(stack(), "erin");
  const now = new Date().toISOString();
  const items = (count: number, text: string) =>
    Array.from({ length: count }, (_, n) => ({
      ...{ id: `i${n}`, text, complete: false, createdAt: now, updatedAt: now },
    }));
  await seed(stack().addresses.storage, "erin", items(1_200, "short"));
  const frank = await signIn(stack(), "frank");
  await seed(stack().addresses.storage, "frank", items(220, "l".repeat(10_000)));
  for (const $orderby of ["id", "updatedAt", "text"]) {
    const sizes = async (who: string, options: Record<string, string>) => {
      const answer = await todo(stack(), who, "GET", query({ $orderby, ...options }));
      return [itemsIn(answer).length, answer.headers.has("link")];
    };
    expect(await sizes(token, {})).toEqual([100, true]);
    expect(await sizes(token, { $top: "1000" })).toEqual([1_000, false]);
    expect(await sizes(token, { $top: "1001" })).toEqual([1_000, true]);
    expect(await sizes(token, { $top: "5000" })).toEqual([1_000, true]);
    const [large, isMore] = await sizes(frank, { $top: "1000" });
    expect(large).toBeGreaterThan(150);
    expect(large).toBeLessThan(200);
    expect(isMore).toBe(true);
  }
});

test.each(["id", "updatedAt", "text", "updatedAt desc"])(
  "a list ordered by %s is followed by its links to the end, whole and without brackets",
  async ($orderby) => {
    const user = `gina-${$orderby.replace(" ", "-")}`;
    const token = await signIn(stack(), user);
    const now = new Date().toISOString();
    const items = Array.from({ length: 230 }, (_, n) => ({
      ...{ id: `i${n}`, text: `${n % 7}`, complete: false, createdAt: now, updatedAt: now },
    }));
    await seed(stack().addresses.storage, user, items);
    const seen: string[] = [];
    let path = query({ $orderby, __includeDeleted: "true" });
    for (;;) {
      const answer = await todo(stack(), token, "GET", path, { headers: library });
      const page: Item[] = JSON.parse(answer.text);
      seen.push(...page.map(({ id }) => id));
      const link = answer.headers.get("link");
      if (link === null) break;
      const [, next = ""] = /^(http:\/\/\S+); rel=next$/.exec(link) ?? [];
      expect(next.startsWith(`${stack().addresses.functions}/tables/TodoItem?`)).toBe(true);
      path = next.slice(next.indexOf("?"));
    }
    expect([seen.length, new Set(seen).size]).toEqual([230, 230]);
  },
);

test("an empty id is none, and deleted: false has no effect", async () => {
  const token = await signIn(stack(), "hugo");
  for (const id of ["", null, 0]) {
    const answer = await todo(stack(), token, "POST", "", {
      body: { id, text: "x", deleted: false },
    });
    expect(answer.status).toBe(201);
    expect(itemIn(answer).id).toMatch(/^[\da-f-]{36}$/);
  }
  await insert(stack(), token, { id: "one", text: "x" });
  const body = { text: "y", deleted: false };
  expect(await todo(stack(), token, "PATCH", "/one", { body })).toMatchObject({ status: 200 });
  for (const deleted of [true, null, "false"]) {
    const refused = await todo(stack(), token, "PATCH", "/one", { body: { deleted } });
    expect([deleted, refused.status]).toEqual([deleted, 400]);
    expect(refused.text).toContain("deleted can only be false.");
  }
});

test("a blank filter is none, and literals decide without reading", async () => {
  const token = await signIn(stack(), "ida");
  await insert(stack(), token, { id: "one", text: "x" });
  for (const [$filter, found] of [
    ["", 1],
    ["  ", 1],
    ["(1 eq 1)", 1],
    ["(1 eq 0)", 0],
  ] as const) {
    const listed = itemsIn(await todo(stack(), token, "GET", query({ $filter })));
    expect([$filter, listed.length]).toEqual([$filter, found]);
  }
});
