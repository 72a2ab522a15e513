import { execFile } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createAzureForgottenUsers } from "../../src/forgetting/azureForgottenUsers.ts";
import {
  insert,
  iPhone,
  register,
  send,
  sendMessage,
  setFaults,
  settled,
  signIn,
} from "../support/client.ts";
import { heldRegistrations, tagOf } from "../support/hubState.ts";
import { poisonOf, queueLength } from "../support/queues.ts";
import { itemRows } from "../support/rows.ts";
import { storageClientsOf } from "../support/storageClients.ts";
import { useTestStack } from "../support/testStack.ts";
import { partitionOf, seed } from "../support/todoItems.ts";

const root = join(import.meta.dirname, "../..");
const stack = useTestStack();

function forget(...args: string[]): Promise<{ code: number | null; said: string }> {
  return new Promise((resolve) => {
    const { hub, storage } = stack().addresses;
    const env = {
      ...process.env,
      NotificationHub__connectionString: hub.connectionString,
      NotificationHub__name: hub.name,
      AzureWebJobsStorage: storage,
    };
    const all = ["ops/forget.ts", ...args];
    const child = execFile(process.execPath, all, { cwd: root, env }, (_, stdout, stderr) =>
      resolve({ code: child.exitCode, said: stdout + stderr }),
    );
  });
}

test("deletes everything of a user, also what is on the poison queue, and nothing of others", async () => {
  for (const user of ["alice", "bob"]) {
    const token = await signIn(stack(), user);
    await register(stack(), token, iPhone());
    await setFaults(stack(), { match: { platform: "windows" }, status: 400 });
    await insert(stack(), token, { id: "poisoned", text: `secret of ${user}` });
    const message = { id: `to-${user}`, to: { user: `local:${user}` }, title: "t", text: "t" };
    await sendMessage(stack(), message);
    await settled(stack());
    await setFaults(stack());
    const now = new Date(Date.now() - 1_000).toISOString();
    const times = { createdAt: now, updatedAt: now };
    const items = Array.from({ length: 150 }, (_, index) => {
      return { id: `item-${index}`, text: "x", complete: false, ...times };
    });
    await seed(stack().addresses.storage, user, items);
  }
  expect(await queueLength(stack(), "notifications-poison")).toBe(4);

  const held = async () => (await heldRegistrations(stack())).length;
  expect(await forget("--user", "local:alice")).toEqual({
    code: 0,
    said:
      "Registrations: 1\nRows of TodoItem: 151\nRows of messages: 1\nNotifications on the poison queue: 2\n" +
      "Nothing is deleted yet. To delete it, type: npm run forget -- --user local:alice --yes\n",
  });
  expect([await held(), (await itemRows(stack())).length]).toEqual([2, 302]);
  expect(await queueLength(stack(), "notifications-poison")).toBe(4);

  const { code, said } = await forget("--user", "local:alice", "--yes");
  expect(code).toBe(0);
  expect(said).toBe(
    "Registrations deleted: 1\nRows of TodoItem deleted: 151\nRows of messages deleted: 1\n" +
      "Notifications on the poison queue deleted: 2\n" +
      "What remains are log lines, which name items by id and hold no text.\n" +
      "The hub's lists lag by seconds: if a device has registered just now, repeat this in a minute.\n",
  );
  const rows = await itemRows(stack());
  expect(rows.every(({ partitionKey }) => partitionKey === partitionOf("bob"))).toBe(true);
  expect(rows).toHaveLength(151);
  expect((await heldRegistrations(stack())).flatMap(({ tags }) => tags)).toContain(tagOf("bob"));
  expect((await heldRegistrations(stack())).flatMap(({ tags }) => tags)).not.toContain(
    tagOf("alice"),
  );
  expect(await queueLength(stack(), "notifications-poison")).toBe(2);
  const statusOf = async (id: string) =>
    (await send(stack(), "GET", `/api/notifications/${id}`)).status;
  expect([await statusOf("to-alice"), await statusOf("to-bob")]).toEqual([404, 200]);

  // It is safe to repeat.
  const again = await forget("--user", "local:alice", "--yes");
  expect(again).toMatchObject({ code: 0, said: expect.stringMatching(/^There was nothing of/) });
  expect(await forget("--user", "local:stranger")).toEqual({
    code: 0,
    said: "There is nothing of this user.\n",
  });
});

test("keeps what is to everyone on the poison queue, although its id is the user's digest", async () => {
  await setFaults(stack(), { match: { path: "/messages" }, status: 400 });
  const message = { title: "t", text: "to everyone" };
  await sendMessage(stack(), { ...message, id: partitionOf("carol"), to: { everyone: true } });
  await settled(stack());
  await setFaults(stack());
  const kept = async () =>
    (await poisonOf(stack())).filter((text) => text.includes("to everyone")).length;
  expect(await kept()).toBe(1);
  expect(await forget("--user", "local:carol", "--yes")).toMatchObject({ code: 0 });
  expect(await kept()).toBe(1);
});

test("marks the user before it deletes, and says at the end that it is over", async () => {
  const storage = storageClientsOf(stack().addresses.storage);
  const { read } = createAzureForgottenUsers(storage);
  const mark = () => read(partitionOf("dave"));
  expect(await mark()).toEqual({ kind: "done", value: undefined });
  await setFaults(stack(), { status: 401 });
  expect(await forget("--user", "local:dave", "--yes")).toMatchObject({ code: 1 });
  expect(await mark()).toMatchObject({ value: { isUnderWay: true } });
  await setFaults(stack());
  expect(await forget("--user", "local:dave", "--yes")).toMatchObject({ code: 0 });
  expect(await mark()).toMatchObject({ value: { isUnderWay: false } });
});

test("says what is wrong", async () => {
  expect(await forget()).toMatchObject({
    code: 1,
    said: expect.stringMatching(/^--user must be a user's id, such as facebook:123\./),
  });
  expect(await forget("--user", "alice")).toMatchObject({ code: 1 });
  await setFaults(stack(), { status: 401 });
  const refused = await forget("--user", "local:alice", "--yes");
  const notCounted = await forget("--user", "local:alice");
  await setFaults(stack());
  expect(notCounted).toMatchObject({
    code: 1,
    said: expect.stringContaining("The hub did not list the registrations (credentials)."),
  });
  expect(refused).toMatchObject({
    code: 1,
    said: expect.stringContaining("The hub did not delete the registrations (credentials)."),
  });
});
