import { expect, test } from "vitest";
import { deliveries, insert, iPhone, register, signIn } from "../support/client.ts";
import { itemRows, itemTable } from "../support/rows.ts";
import { useTestStack } from "../support/testStack.ts";
import { todo } from "../support/todoItems.ts";

const stack = useTestStack();

async function someone(username: string) {
  const token = await signIn(stack(), username);
  const phone = iPhone();
  await register(stack(), token, phone);
  return { token, shown: () => deliveries(stack(), phone.handle) };
}

async function rowOf(id: string) {
  const row = (await itemRows(stack())).find(({ rowKey }) => rowKey === id);
  if (!row) throw new Error(`Row ${id} is missing.`);
  return row;
}

test("the same insert sent 50 times at once is stored and announced once", async () => {
  const { token, shown } = await someone("alice");
  const item = { id: "at-once", text: "fifty" };

  const answers = await Promise.all(Array.from({ length: 50 }, () => insert(stack(), token, item)));

  expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
  expect(answers[0]?.status).toBe(201);
  expect(await shown()).toHaveLength(1);
});

test("of different inserts with one id at once, one is stored and announced, the others conflict", async () => {
  const { token, shown } = await someone("bob");

  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, index) =>
      insert(stack(), token, { id: "mine", text: `${index}` }),
    ),
  );

  expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array(9).fill(409)]);
  const stored = answers.find(({ status }) => status === 201);
  expect((await shown()).map(({ body }) => JSON.parse(body).aps.alert)).toEqual([
    JSON.parse(stored?.text ?? "").text,
  ]);
});

test("an insert of what another item has become conflicts", async () => {
  const { token } = await someone("dora");
  await insert(stack(), token, { id: "became", text: "before" });
  await todo(stack(), token, "PATCH", "/became", { body: { text: "after" } });
  const other = await insert(stack(), token, { id: "became", text: "after" });
  expect(other.status).toBe(409);
});

test("an insert sent again after the item has changed announces nothing and changes nothing", async () => {
  const { token, shown } = await someone("carol");
  const item = { id: "changed", text: "before" };
  await insert(stack(), token, item);
  const { partitionKey, rowKey } = await rowOf("changed");
  await itemTable(stack()).updateEntity({ partitionKey, rowKey, text: "after" }, "Merge");

  const again = await insert(stack(), token, item);

  expect(again).toMatchObject({ status: 201, body: { id: "changed", text: "after" } });
  expect(await shown()).toHaveLength(1);
});

test("an item that is deleted and inserted again with the same id is announced again", async () => {
  const { token, shown } = await someone("dave");
  const item = { id: "again", text: "twice" };
  await insert(stack(), token, item);
  const { partitionKey, rowKey } = await rowOf("again");
  await itemTable(stack()).deleteEntity(partitionKey, rowKey);

  await insert(stack(), token, item);

  const keys = (await shown()).map(({ headers }) => headers["apns-collapse-id"]);
  expect(keys).toHaveLength(2);
  expect(new Set(keys).size).toBe(1);
});
