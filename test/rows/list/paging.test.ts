import { randomUUID } from "node:crypto";
import { afterAll, expect, test } from "vitest";
import { insert, send, signIn } from "../../support/client.ts";
import { count } from "../../support/counts.ts";
import { type StorageProxies, startStorageProxies } from "../../support/storageProxies.ts";
import { useTestStack } from "../../support/testStack.ts";
import {
  itemIn,
  itemsIn,
  nextIn,
  pages,
  partitionOf,
  query,
  seed,
  todo,
} from "../../support/todoItems.ts";

let proxies: StorageProxies;
const stack = useTestStack(async (storage) => {
  proxies = await startStorageProxies(storage);
  return { AzureWebJobsStorage: proxies.connectionString };
});
afterAll(() => proxies.stop());

/** Returns the queries for a user's items that have reached storage. */
function queriesOf(username: string): string[] {
  return proxies.tables.requests
    .filter(({ method, url }) => method === "GET" && url.includes(partitionOf(username)))
    .map(({ url }) => url);
}

function newItem(at: number) {
  const time = new Date(Date.UTC(2026, 0, 1) + at * 1000).toISOString();
  const times = { createdAt: time, updatedAt: time };
  return { id: randomUUID(), text: `number ${at}`, complete: at % 2 === 0, ...times };
}

test("every item is on exactly one page while others come and go, and a page costs one storage request", {
  timeout: 120_000,
}, async () => {
  const items = Array.from({ length: count(1_000, 5_000) }, (_, at) => newItem(at));
  await seed(stack().addresses.storage, "alice", items);
  const token = await signIn(stack(), "alice");

  let paging = true;
  const others = new Set<string>();
  async function comeAndGo(): Promise<void> {
    while (paging) {
      const { id } = itemIn(await insert(stack(), token, { text: "another" }));
      others.add(id);
      if (others.size % 3 !== 0) await todo(stack(), token, "DELETE", `/${id}`);
    }
  }
  const comingAndGoing = comeAndGo();
  const answers = await pages(stack(), token, "").finally(() => {
    paging = false;
  });
  await comingAndGoing;

  const seen = answers.flatMap(itemsIn).map(({ id }) => id);
  expect(new Set(seen).size).toBe(seen.length);
  expect(seen).toEqual([...seen].sort());
  expect(seen.filter((id) => !others.has(id))).toEqual(items.map(({ id }) => id).sort());
  expect(Math.max(...answers.map((answer) => itemsIn(answer).length))).toBe(100);
  expect(others.size).toBeGreaterThan(0);
  // A page that meets an item which is being deleted has room for another.
  expect(queriesOf("alice").length).toBeLessThan(2 * answers.length);
});

test("a page with a count has the address of the next one in its body too", async () => {
  await seed(
    stack().addresses.storage,
    "counted",
    Array.from({ length: 101 }, (_, at) => newItem(at)),
  );
  const token = await signIn(stack(), "counted");
  const first = await todo(stack(), token, "GET", "?$inlinecount=allpages");
  expect(first).toMatchObject({ status: 200, body: { count: 101 } });
  const { nextLink } = Object(first.body);
  expect(nextLink).toBe(`/tables/TodoItem${nextIn(first)}`);
  const second = await send(stack(), "GET", nextLink, { headers: { "x-zumo-auth": token } });
  expect(Object(second.body).results).toHaveLength(1);
});

test("a filter that storage evaluates costs one request per page, with at most 15 comparisons", async () => {
  await seed(
    stack().addresses.storage,
    "bob",
    Array.from({ length: 250 }, (_, at) => newItem(at)),
  );
  const token = await signIn(stack(), "bob");
  const condition = "(complete eq false or createdAt gt datetime'2026-01-01T00:00:10Z')";
  const $filter = [...Array.from({ length: 6 }, () => condition), "text ne 'it''s'"].join(" and ");

  const answers = await pages(stack(), token, query({ $filter }));

  expect(answers.flatMap(itemsIn)).toHaveLength(250 - 6);
  expect(answers).toHaveLength(3);
  expect(queriesOf("bob")).toHaveLength(3);
  for (const line of queriesOf("bob")) {
    const sent = new URLSearchParams(line.split("?")[1]).get("$filter") ?? "";
    expect(sent).toContain("not (text eq 'it''s')");
    expect(sent.match(/ (?:eq|ne|gt|ge|lt|le) /g)?.length).toBeLessThanOrEqual(15);
  }
});

test("sends storage as many comparisons of a long filter as it accepts", async () => {
  await seed(stack().addresses.storage, "carol", [newItem(1), newItem(2)]);
  const token = await signIn(stack(), "carol");
  const $filter = `${Array.from({ length: 20 }, (_, n) => `text ne '${n}'`).join(" and ")} and contains(text,'2')`;

  const [answer] = await pages(stack(), token, query({ $filter }));

  expect(answer?.body).toMatchObject([{ text: "number 2" }]);
  const [line = ""] = queriesOf("carol");
  const sent = new URLSearchParams(line.split("?")[1]).get("$filter") ?? "";
  expect(sent.match(/not \(text eq /g)).toHaveLength(13);
  expect(sent).not.toContain("contains");
});

test("a list that would read more than 10,000 items is refused", async () => {
  const token = await signIn(stack(), "endless");
  // Storage answers with 500 rows and says that there are more, whatever it is asked.
  const etag = "W/\"datetime'2026-01-01T00%3A00%3A00Z'\"";
  const columns = { PartitionKey: partitionOf("endless"), contentDigest: "", intentId: "" };
  const value = Array.from({ length: 500 }, (_, at) => {
    const { id, ...item } = newItem(at);
    return { "odata.etag": etag, ...columns, RowKey: id, ...item };
  });
  const headers = {
    "content-type": "application/json;odata=minimalmetadata",
    "x-ms-request-id": "1",
    "x-ms-version": "2019-02-02",
    "x-ms-continuation-nextpartitionkey": "next",
    "x-ms-continuation-nextrowkey": "next",
  };
  const before = proxies.tables.requests.length;
  const answer = { kind: "answer", status: 200, headers, body: JSON.stringify({ value }) } as const;
  proxies.tables.interfere = () => answer;
  const refused = await todo(stack(), token, "GET", query({ $orderby: "text" }));
  proxies.tables.interfere = undefined;
  expect(refused).toMatchObject({
    status: 400,
    body: { type: "urn:problem-type:notify-users:too-many-items" },
  });
  expect(proxies.tables.requests.length - before).toBeLessThanOrEqual(21);
});

// Only in the long run, because writing so many items takes a long time.
test.runIf(count(0, 1) === 1)(
  "a query that storage can't evaluate reads up to 10,000 items and no more",
  {
    timeout: 120_000,
  },
  async () => {
    const items = Array.from({ length: 10_001 }, (_, at) => newItem(at));
    await seed(stack().addresses.storage, "dora", items.slice(1));
    const token = await signIn(stack(), "dora");
    const paths = [
      query({ $orderby: "createdAt desc", $top: "1" }),
      query({ $skip: "9999" }),
      query({ $filter: "contains(text,'number 10000')" }),
    ];
    for (const path of paths) {
      const answer = await todo(stack(), token, "GET", path);
      expect(itemsIn(answer)).toHaveLength(1);
    }
    expect(queriesOf("dora")).toHaveLength(paths.length * 20);

    await seed(stack().addresses.storage, "dora", items.slice(0, 1));

    for (const path of [...paths, query({ $inlinecount: "allpages" })]) {
      const answer = await todo(stack(), token, "GET", path);
      expect(answer.status).toBe(400);
      expect(answer.body).toMatchObject({
        error: expect.stringMatching(/10,000.*Narrow \$filter/),
      });
    }
    // A filter that storage evaluates narrows the query, as the error suggests.
    const $filter = "createdAt gt datetime'2026-01-01T00:00:05Z'";
    const answer = await todo(stack(), token, "GET", query({ $filter, $inlinecount: "allpages" }));
    expect(answer.body).toMatchObject({ count: 9_995 });
    expect(itemsIn(await todo(stack(), token, "GET", ""))).toHaveLength(100);
  },
);

test("retries a read once after storage resets the connection, and does not retry a write", async () => {
  const token = await signIn(stack(), "dave");
  await insert(stack(), token, { id: "one", text: "x" });
  const call = async (method: string, path: string) => {
    let resets = 1;
    const before = proxies.tables.requests.length;
    proxies.tables.interfere = () => (resets-- > 0 ? { kind: "reset" } : undefined);
    const { status } = await send(stack(), method, path, { headers: { "x-zumo-auth": token } });
    proxies.tables.interfere = undefined;
    return [status, proxies.tables.requests.length - before];
  };
  expect(await call("GET", "/tables/TodoItem/one")).toEqual([200, 2]);
  expect(await call("GET", "/tables/TodoItem")).toEqual([200, 2]);
  expect(await call("DELETE", "/tables/TodoItem/one")).toEqual([503, 1]);
  expect(await call("GET", "/tables/TodoItem/one")).toEqual([200, 2]);
});
