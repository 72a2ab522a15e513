import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { insert, send, signIn } from "../../support/client.ts";
import { count } from "../../support/counts.ts";
import { useTestStack } from "../../support/testStack.ts";
import { itemsIn, query, seed, todo } from "../../support/todoItems.ts";
import { until } from "../../support/until.ts";

const stack = useTestStack();

/** A short filter that compares many characters: no part of it can be sent to storage, and none is true. */
const $filter = Array.from({ length: 30 }, () => "contains(text,'ab')").join(" or ");

function longItem() {
  const now = new Date().toISOString();
  return {
    id: randomUUID(),
    text: "a".repeat(10_000),
    complete: false,
    createdAt: now,
    updatedAt: now,
  };
}

test("a user whose filters compare too much is told how to narrow them, and delays no other user", async () => {
  const items = Array.from({ length: count(700, 10_000) }, longItem);
  await seed(stack().addresses.storage, "mallory", items);
  const mallory = await signIn(stack(), "mallory");
  const bob = await signIn(stack(), "bob");

  // Two run and four wait.
  let flooding = count(4, 6);
  const floods = Array.from({ length: flooding }, async () => {
    const answer = await todo(stack(), mallory, "GET", query({ $filter }));
    flooding--;
    return answer;
  });
  let served = 0;
  for (; served < 5; served++) {
    expect(await send(stack(), "GET", "/api/health")).toMatchObject({ status: 200 });
    expect(await insert(stack(), bob, { text: `item ${served}` })).toMatchObject({ status: 201 });
    // They were not behind each other: the flood lasts longer than five inserts.
    expect(flooding).toBeGreaterThan(0);
  }
  const answers = await Promise.all(floods);
  const computed = answers.filter(({ status }) => status !== 503);
  // Two run at once. A slow machine has no slot for the others within ten seconds.
  expect(computed.length).toBeGreaterThanOrEqual(2);
  for (const answer of computed) {
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({
      error: expect.stringContaining("Narrow it with comparisons of id, complete"),
    });
  }

  // The budget is one request's: the same filter on a few items is answered.
  const narrow = `id eq '${items[0]?.id}' and (${$filter})`;
  expect(await todo(stack(), mallory, "GET", query({ $filter: narrow }))).toMatchObject({
    status: 200,
    text: "[]",
  });
});

/** Filters whose functions make and search as much as they may. */
const costly = [
  Array(20).fill(
    "length(concat(replace(replace(text,'a','aaaaaaaaa'),'aa','a'),toupper(text))) eq 1",
  ),
  Array(15).fill(`indexof(text,'${"a".repeat(200)}b') gt 0`),
  Array(100).fill("tolower(text) eq 'b'"),
  // Each text would be nine times as long as the one before: what it costs is known before it is made.
  ["length(replace(replace(replace(text,'a','aaaaaaaaa'),'a','aaaaaaaaa'),'a','aaaaaaaaa')) gt 0"],
].map((conditions) => conditions.join(" or "));

test("functions that make and search long texts are refused at their cost, and delay no other user", async () => {
  const items = Array.from({ length: count(300, 1_500) }, longItem);
  await seed(stack().addresses.storage, "trudy", items);
  const trudy = await signIn(stack(), "trudy");
  const dora = await signIn(stack(), "dora");
  let isOver = false;
  const floods = costly.map(async ($filter) => {
    const statuses: number[] = [];
    do {
      const answer = await todo(stack(), trudy, "GET", query({ $filter }));
      statuses.push(answer.status);
      if (answer.status === 400) {
        expect(answer.body).toMatchObject({
          type: "urn:problem-type:notify-users:filter-too-costly",
        });
      }
    } while (!isOver || !statuses.includes(400));
    return statuses;
  });
  for (let served = 0; served < 5; served++) {
    expect(await insert(stack(), dora, { text: `item ${served}` })).toMatchObject({ status: 201 });
  }
  isOver = true;
  for (const statuses of await Promise.all(floods)) {
    expect(statuses.filter((status) => ![400, 429, 503].includes(status))).toEqual([]);
  }
});

test("users who flood with more lists than the host runs at once block no route and no other user", async () => {
  const users = Array.from({ length: 10 }, (_, index) => `flooder-${index}`);
  for (const user of users) {
    const items = Array.from({ length: count(70, 1_000) }, longItem);
    await seed(stack().addresses.storage, user, items);
  }
  const now = new Date().toISOString();
  const own = { id: "own", text: "of carol", complete: false, createdAt: now, updatedAt: now };
  await seed(stack().addresses.storage, "carol", [own]);
  const carol = await signIn(stack(), "carol");

  // host.json: 100 at once, and 200 that run and wait.
  let unanswered = 160;
  const tokens = await Promise.all(users.map((user) => signIn(stack(), user)));
  const floods = tokens.flatMap((token) =>
    Array.from({ length: 16 }, async () => {
      const answer = await todo(stack(), token, "GET", query({ $filter, $orderby: "text" }));
      unanswered--;
      return answer;
    }),
  );
  await until("the flood to be refused", () => unanswered < 150);
  for (let round = 0; round < 3; round++) {
    const list = await todo(stack(), carol, "GET", "");
    expect([list.status, itemsIn(list).map(({ id }) => id)]).toEqual([200, ["own"]]);
    expect(await send(stack(), "GET", "/api/health")).toMatchObject({ status: 200 });
    expect(unanswered).toBeGreaterThan(0);
  }
  const answers = await Promise.all(floods);
  const having = (wanted: number) => answers.filter(({ status }) => status === wanted);
  // A user has two that run and four that wait. 32 of all users wait. How many more are refused depends on
  // how fast the requests arrive, compared with how fast the first ones end.
  expect(having(429).length).toBeGreaterThan(0);
  for (const { headers } of having(429)) expect(headers.get("retry-after")).toBe("10");
  expect(having(503).length).toBeGreaterThan(0);
  for (const { headers, body } of having(503)) {
    expect(headers.get("retry-after")).toBe("5");
    expect(body).toMatchObject({ type: "urn:problem-type:notify-users:too-busy" });
  }
  // How many of those that wait have a slot in ten seconds depends on the machine. Eight run at once.
  expect(having(200).length + having(400).length).toBeGreaterThanOrEqual(8);
  // An ordered list of another user has a slot as soon as the flood is over.
  const ordered = await todo(stack(), carol, "GET", query({ $orderby: "text" }));
  expect(itemsIn(ordered).map(({ id }) => id)).toEqual(["own"]);
});
