import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { insert, send, signIn } from "../support/client.ts";
import { count } from "../support/counts.ts";
import { useTestStack } from "../support/testStack.ts";
import { query, seed, todo } from "../support/todoItems.ts";

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

  let flooding = count(4, 8);
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
  for (const answer of await Promise.all(floods)) {
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
