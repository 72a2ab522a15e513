import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { messageOf, newIntent } from "../../src/delivery/intent.ts";
import {
  deliveries,
  insert,
  iPhone,
  register,
  sendMessage,
  setFaults,
  settled,
  signIn,
  stateOf,
} from "../support/client.ts";
import { poisonOf, putMessage, queueLength } from "../support/queues.ts";
import { itemRows } from "../support/rows.ts";
import { useTestStack } from "../support/testStack.ts";
import { until } from "../support/until.ts";

const stack = useTestStack(async () => ({ Delivery__retrySeconds: "1" }));

const root = join(import.meta.dirname, "../..");

/** Runs `npm run redrive`, without npm, which costs more than the program. */
async function redrive(...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, ["ops/redrive.ts", ...args], {
    cwd: root,
    env: { ...process.env, AzureWebJobsStorage: stack().addresses.storage },
  });
  return stdout;
}

const lengths = async () => [
  await queueLength(stack(), "notifications"),
  await queueLength(stack(), "notifications-poison"),
];

const untilLengths = (queue: number, poison: number) =>
  until(`${queue} and ${poison} messages`, async () => {
    const [left, poisoned] = await lengths();
    return left === queue && poisoned === poison;
  });

/** Inserts an item, which is announced, and returns an intent for its row as if it were not. */
async function anItem(username: string) {
  const token = await signIn(stack(), username);
  const phone = iPhone();
  await register(stack(), token, phone);
  const answer = await insert(stack(), token, { text: `of ${username}` });
  const { id } = JSON.parse(answer.text);
  const row = (await itemRows(stack())).find(({ rowKey }) => rowKey === id);
  const partition = row?.partitionKey ?? "";
  const announcement = {
    audience: { kind: "user", digest: partition } as const,
    source: { table: "TodoItem", partition, rowId: id },
    title: "New item added:",
    text: `of ${username}`,
    data: { todoItemId: id },
  };
  const intent = {
    ...newIntent(announcement, ["apns"], Date.now()),
    intentId: row?.intentId ?? "",
  };
  return { id, intent, shown: async () => (await deliveries(stack(), phone.handle)).length };
}

test("an unreadable message moves to the poison queue at once, and redrive leaves it there", async () => {
  await putMessage(stack(), "notifications", "no intent");
  await putMessage(stack(), "notifications", { version: 99 });
  await untilLengths(0, 2);
  expect(stack().log()).toContain('"outcome":"poisoned"');

  const said = await redrive("--yes");
  expect(said).toMatch(/0 put back, 2 left on notifications-poison\.\n$/);
  expect(await lengths()).toEqual([0, 2]);
});

test("after a day an intent moves to the poison queue with its reason, and redrive delivers it", async () => {
  const before = await queueLength(stack(), "notifications-poison");
  const { id, intent, shown } = await anItem("alice");
  expect(await shown()).toBe(1);
  const createdAt = new Date(Date.now() - 24 * 60 * 60 * 1000 - 1000).toISOString();
  await putMessage(stack(), "notifications", messageOf({ ...intent, createdAt, attempt: 30 }));
  await untilLengths(0, before + 1);
  expect(await shown()).toBe(1);
  expect(stack().log()).toContain(`"outcome":"expired","itemId":"${id}"`);

  const listed = await redrive();
  expect(listed).toContain(`expired: item ${id} from ${createdAt}, for apns`);
  expect(listed).not.toContain("of alice");
  expect(listed).toContain("To put them back, type: npm run redrive -- --yes");
  expect(await lengths()).toEqual([0, before + 1]);

  expect(await redrive("--yes")).toContain("1 put back");
  await untilLengths(0, before);
  expect(await shown()).toBe(2);
});

test("redrive also puts back a message that the host gave up on", async () => {
  const { intent, shown } = await anItem("bob");
  await putMessage(stack(), "notifications-poison", messageOf(intent));

  expect(await redrive("--yes")).toContain(`given up by the host: item`);

  await until("the notification", async () => (await shown()) === 2);
});

test("an intent announces nothing if its row is missing or belongs to another insert", async () => {
  const { intent, shown } = await anItem("carol");
  const old = new Date(Date.now() - 46_000).toISOString();
  const source = { ...intent.announcement.source, rowId: "no-such-row" };
  const announcement = { ...intent.announcement, source };
  const ofNoRow = messageOf({ ...intent, createdAt: old, announcement });
  await putMessage(stack(), "notifications", ofNoRow);
  const ofAnother = messageOf({ ...intent, intentId: "another" });
  await putMessage(stack(), "notifications", ofAnother);
  await until("both", async () => (await queueLength(stack(), "notifications")) === 0);

  expect(await shown()).toBe(1);
  expect(stack().log()).toContain('"outcome":"dropped","itemId":"no-such-row"');
});

test("a message that the hub refused is done once it is redriven", async () => {
  const before = await queueLength(stack(), "notifications-poison");
  await setFaults(stack(), { match: { platform: "windows" }, status: 400 });
  await sendMessage(stack(), { id: "news", to: { topic: "world" }, title: "t", text: "secret" });
  await settled(stack());
  await setFaults(stack());
  expect(await stateOf(stack(), "news")).toBe("givenUp");
  const said = await redrive("--yes");
  expect(said).toMatch(/^refused by the hub: message news from \S+, for wns$/m);
  expect(said).not.toContain("secret");
  await untilLengths(0, before);
  expect(await stateOf(stack(), "news")).toBe("done");
});

test("a message is done when it is sent everywhere, in whatever order its parts are redriven", async () => {
  const apple = { match: { platform: "apple" }, status: 503 };
  const android = { match: { platform: "fcmv1" }, status: 400 };
  await setFaults(stack(), apple, android);
  await sendMessage(stack(), { id: "parts", to: { topic: "world" }, title: "t", text: "t" });
  expect(await stateOf(stack(), "parts")).toBe("accepted");
  await until("Android's part", async () =>
    (await poisonOf(stack())).some((text) => text.includes("parts")),
  );
  // Android is redriven while Apple still waits.
  await setFaults(stack(), apple);
  expect(await redrive("--yes")).toContain("message parts");
  await until("Android", () =>
    /"outcome":"accepted","itemId":"parts","platforms":\["fcmv1"\]/.test(stack().log()),
  );
  expect(await stateOf(stack(), "parts")).toBe("accepted");
  await setFaults(stack());
  // What Apple's intent knows of Android is older than the row, and changes nothing of it.
  await until("the message", async () => (await stateOf(stack(), "parts")) !== "accepted");
  expect(await stateOf(stack(), "parts")).toBe("done");
});
