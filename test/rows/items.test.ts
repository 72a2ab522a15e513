import { describe, expect, test } from "vitest";
import { insert, send, signIn } from "../support/client.ts";
import { useTestStack } from "../support/testStack.ts";
import { itemIn, itemsIn, partitionOf, tableOf, todo } from "../support/todoItems.ts";

const stack = useTestStack();

/** The headers that the client library of the tutorial's apps sends with every request. */
const library = {
  "x-zumo-installation-id": "6a2bd6e4-5f9e-4a7e-9a6c-0f2f3f6f0b11",
  "zumo-api-version": "2.0.0",
  accept: "application/json",
};

const iso = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

test("before the first insert, a list is empty and every item returns 404", async () => {
  const token = await signIn(stack(), "newcomer");
  expect(await todo(stack(), token, "GET", "")).toMatchObject({ status: 200, body: [] });
  expect(await todo(stack(), token, "GET", "?$inlinecount=allpages&$orderby=text")).toMatchObject({
    status: 200,
    body: { count: 0, results: [] },
  });
  for (const method of ["GET", "DELETE"]) {
    expect(await todo(stack(), token, method, "/one")).toMatchObject({ status: 404 });
  }
  const patch = await todo(stack(), token, "PATCH", "/one", { body: { complete: true } });
  expect(patch.status).toBe(404);
});

test("the tutorial's app lists, inserts, completes and deletes its items", async () => {
  const token = await signIn(stack(), "alice");
  const headers = { ...library, "content-type": "application/json" };
  const inserted = await todo(stack(), token, "POST", "?__systemproperties=version", {
    headers,
    body: { text: "Buy milk", complete: false },
  });
  expect(inserted.status).toBe(201);
  const item = itemIn(inserted);
  expect(item).toMatchObject({ text: "Buy milk", complete: false });
  expect(item.createdAt).toMatch(iso);
  // The library of Android reads more digits wrong.
  expect(item.updatedAt).toMatch(iso);
  expect(Date.parse(item.updatedAt)).toBeGreaterThanOrEqual(Date.parse(item.createdAt));
  expect(inserted.headers.get("etag")).toBe(`"${item.version}"`);
  expect(inserted.headers.get("location")).toBe(`/tables/TodoItem/${item.id}`);
  const own = await todo(stack(), token, "POST", "", {
    headers,
    body: { id: "My-own_1", text: "Walk", complete: false },
  });
  expect(itemIn(own).id).toBe("My-own_1");

  const open = "?$filter=(complete%20eq%20false)&__systemproperties=version,createdAt";
  const listed = await todo(stack(), token, "GET", open, { headers: library });
  expect(listed.status).toBe(200);
  expect(itemsIn(listed)).toHaveLength(2);
  expect(itemsIn(listed)).toContainEqual(item);

  const all =
    "?$filter=(complete+eq+false)&$orderby=text%20desc,id&$skip=1&$top=1&$select=id,text&$inlinecount=allpages";
  expect(await todo(stack(), token, "GET", all, { headers: library })).toMatchObject({
    status: 200,
    body: { count: 2, results: [{ id: item.id, text: "Buy milk" }] },
  });

  const patched = await todo(stack(), token, "PATCH", `/${item.id}?__systemproperties=*`, {
    headers: { ...headers, "if-match": `"${item.version}"` },
    body: { id: item.id, complete: true },
  });
  expect(patched.status).toBe(200);
  const done = itemIn(patched);
  const { updatedAt, version } = done;
  expect(done).toEqual({ ...item, complete: true, updatedAt, version });
  expect(version).not.toBe(item.version);
  expect(updatedAt >= item.updatedAt).toBe(true);
  expect(patched.headers.get("etag")).toBe(`"${version}"`);
  const left = await todo(stack(), token, "GET", open, { headers: library });
  expect(itemsIn(left)).toEqual([itemIn(own)]);

  const got = await todo(stack(), token, "GET", `/${item.id}`, { headers: library });
  expect(itemIn(got)).toEqual(done);
  expect(got.headers.get("etag")).toBe(`"${version}"`);

  const deleted = await todo(stack(), token, "DELETE", `/${item.id}`, { headers: library });
  expect([deleted.status, deleted.text]).toEqual([204, ""]);
  const gone = await todo(stack(), token, "GET", `/${item.id}`);
  expect(gone.status).toBe(404);
  expect(gone.body).toMatchObject({ error: "You have no item with this id." });
  expect(await todo(stack(), token, "DELETE", `/${item.id}`)).toMatchObject({ status: 404 });
});

test.each([
  ["NUL", "a\u0000b"],
  ["line breaks and white space", " \r\n\t\u2028 "],
  ["an emoji of several code points", "👩‍👩‍👧‍👦🥛"],
  ["right-to-left text with direction marks", "\u202bשלום \u200fعربى\u202c"],
  ["decomposed characters and a noncharacter", "e\u0301é\uffff\ufeff"],
  ["quotes and slashes", `'"\\/<&>%00`],
])("%s in a text is unchanged in every response", async (_, text) => {
  const token = await signIn(stack(), "scribe");
  const inserted = await insert(stack(), token, { text });
  const { id } = itemIn(inserted);
  const answers = [inserted, await todo(stack(), token, "GET", `/${id}`)];
  answers.push(await todo(stack(), token, "PATCH", `/${id}`, { body: { complete: true } }));
  answers.push(await todo(stack(), token, "PATCH", `/${id}`, { body: { text } }));
  expect(answers.map((answer) => itemIn(answer).text)).toEqual(answers.map(() => text));
  const listed = itemsIn(await todo(stack(), token, "GET", ""));
  expect(listed.find((item) => item.id === id)?.text).toBe(text);
});

test("a patch accepts a text of 10,000 UTF-16 units", async () => {
  const token = await signIn(stack(), "scribe");
  const { id } = itemIn(await insert(stack(), token, { text: "short" }));
  const text = "🥛".repeat(5_000);
  const patched = await todo(stack(), token, "PATCH", `/${id}`, { body: { text } });
  expect(itemIn(patched).text).toBe(text);
});

test("every response is UTF-8 and forbids caching and content sniffing", async () => {
  const token = await signIn(stack(), "bob");
  const inserted = await insert(stack(), token, { id: "one", text: "x" });
  const etag = inserted.headers.get("etag") ?? "";
  const body = { complete: true };
  const answers = [
    inserted,
    await todo(stack(), token, "GET", ""),
    await todo(stack(), token, "GET", "?$inlinecount=allpages"),
    await todo(stack(), token, "GET", "?$filter=x"),
    await todo(stack(), token, "GET", "/one"),
    await todo(stack(), token, "GET", "/one", { headers: { "if-none-match": etag } }),
    await todo(stack(), token, "GET", "/none"),
    await todo(stack(), "not-a-token", "GET", "/one"),
    await todo(stack(), token, "PATCH", "/one", { body, headers: { "if-match": '"x"' } }),
    await todo(stack(), token, "PATCH", "/one", { body }),
    await todo(stack(), token, "DELETE", "/one"),
  ];
  expect(answers.map(({ status }) => status)).toEqual([
    201, 200, 200, 400, 200, 304, 404, 401, 412, 200, 204,
  ]);
  for (const { status, text, headers } of answers) {
    expect(headers.get("cache-control")).toBe("no-store");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("access-control-expose-headers")).toBe(
      "ETag, Link, Location, Retry-After, WWW-Authenticate",
    );
    if ([204, 304].includes(status)) expect(text).toBe("");
    else expect(headers.get("content-type")).toMatch(/json; charset=utf-8$/);
  }
});

describe("an item of another user", () => {
  test("behaves like a missing item: in get, patch, delete and list, and in the error text", async () => {
    const [alice, mallory] = [await signIn(stack(), "owner"), await signIn(stack(), "mallory")];
    const inserted = await insert(stack(), alice, { id: "hers", text: "secret" });
    const item = itemIn(inserted);
    const versions = [undefined, "*", `"${item.version}"`, '"other"'];
    for (const version of versions) {
      const headers =
        version === undefined ? {} : { "if-match": version, "if-none-match": version };
      for (const method of ["GET", "PATCH", "DELETE"]) {
        const body = method === "PATCH" ? { text: "mine" } : undefined;
        const [hers, none] = await Promise.all(
          ["/hers", "/none"].map((path) => todo(stack(), mallory, method, path, { headers, body })),
        );
        expect(hers?.status).toBe(404);
        expect(hers?.text).toBe(none?.text);
      }
    }
    expect(await todo(stack(), mallory, "GET", "")).toMatchObject({ body: [] });
    expect(await insert(stack(), mallory, { id: "hers", text: "mine" })).toMatchObject({
      status: 201,
    });
    expect(itemIn(await todo(stack(), alice, "GET", "/hers"))).toEqual(item);
  });

  test("is also inaccessible through a crafted path", async () => {
    const mallory = await signIn(stack(), "mallory-2");
    const partition = partitionOf("owner");
    for (const path of [
      `/${partition}`,
      "/hers'%20or%20true",
      `/hers',PartitionKey='${partition}`,
      "/..%2f..%2fhers",
      "/%00",
      "/a%3Fb",
      "/a%23b",
      `/${"a".repeat(65)}`,
      "/%F0%9F%A5%9B",
    ]) {
      for (const method of ["GET", "PATCH", "DELETE"]) {
        const body = method === "PATCH" ? { text: "mine" } : undefined;
        const answer = await todo(stack(), mallory, method, path, { body });
        expect(path.length === 65 ? [404] : [400], path).toContain(answer.status);
        // The host itself refuses a zero byte.
        if (answer.status === 400 && path !== "/%00") {
          expect(answer.body).toMatchObject({ errors: [{ pointer: "/path/id" }] });
        }
      }
    }
  });
});

test("a patch without changes changes nothing and returns the item", async () => {
  const token = await signIn(stack(), "finn");
  const inserted = itemIn(await insert(stack(), token, { id: "f", text: "one" }));
  const ignored = { channel: "x", deviceToken: "y", createdAt: 0, updatedAt: null, version: "z" };
  for (const headers of [{}, { "if-match": `"${inserted.version}"` }]) {
    const answer = await todo(stack(), token, "PATCH", "/f", { headers, body: ignored });
    expect(answer.status).toBe(200);
    expect(itemIn(answer)).toEqual(inserted);
  }
});

test.each([
  [{ text: "" }, ["#/text"]],
  [{ text: null, complete: null }, ["#/complete", "#/text"]],
  [{ text: "x".repeat(10_001) }, ["#/text"]],
  ['{"text":"\\ud800"}', ["#/text"]],
  [{ complete: "true" }, ["#/complete"]],
  [{ id: "other" }, ["#/id"]],
  [{ id: null }, ["#/id"]],
  [
    { owner: "bob", contentDigest: "x", PartitionKey: "x" },
    ["#/PartitionKey", "#/contentDigest", "#/owner"],
  ],
  ['{"__proto__":{"text":"x"}}', ["#/__proto__"]],
])("a patch names every fault of %j, of the header and of the path", async (body, pointers) => {
  const token = await signIn(stack(), "gina");
  const answer = await todo(stack(), token, "PATCH", "/a.b", {
    headers: { "if-match": "unquoted" },
    body,
  });
  expect(answer.status).toBe(400);
  const { errors } = JSON.parse(answer.text);
  expect(errors.map(({ pointer }: { pointer: string }) => pointer).sort()).toEqual(
    [...pointers, "/headers/If-Match", "/path/id"].sort(),
  );
});

test("a patch accepts only JSON of at most 64 KiB", async () => {
  const token = await signIn(stack(), "gina");
  const patch = (body: string, headers: Record<string, string> = {}) =>
    todo(stack(), token, "PATCH", "/one", { body, headers });
  expect(await patch("[]")).toMatchObject({ status: 400 });
  expect(await patch("{")).toMatchObject({ status: 400 });
  expect(await patch(`{"text":"${"x".repeat(65_536)}"}`)).toMatchObject({ status: 413 });
  expect(await patch("{}", { "content-type": "text/plain" })).toMatchObject({ status: 415 });
});

test.each([
  ["GET", ""],
  ["GET", "/one"],
  ["PATCH", "/one"],
  ["DELETE", "/one"],
])("%s %s requires a sign-in before it checks anything else", async (method, path) => {
  const answer = await send(stack(), method, `/tables/TodoItem${path}?$filter=x`);
  expect(answer.status).toBe(401);
  expect(answer.headers.get("www-authenticate")).toBe("Bearer");
});

test("a patch does not change the columns that clients cannot see", async () => {
  const token = await signIn(stack(), "jack");
  const content = { id: "j", text: "one", complete: false };
  await insert(stack(), token, content);
  const table = tableOf(stack().addresses.storage);
  const keys = { partitionKey: partitionOf("jack"), rowKey: "j" };
  await table.updateEntity({ ...keys, another: "column" }, "Merge");
  await todo(stack(), token, "PATCH", "/j", { body: { text: "two" } });
  const { version } = itemIn(await todo(stack(), token, "GET", "/j"));
  await todo(stack(), token, "PATCH", "/j", {
    headers: { "if-match": `"${version}"` },
    body: { complete: true },
  });

  const row = await table.getEntity(keys.partitionKey, keys.rowKey);
  expect(row).toMatchObject({ another: "column", text: "two", complete: true });
  // A repeat of the original insert is still recognised.
  expect(await insert(stack(), token, content)).toMatchObject({
    status: 201,
    body: { text: "two" },
  });
});
