import { expect, test } from "vitest";
import { createClearPoison } from "../../src/delivery/azureClearPoison.ts";
import { createAzureIntentQueue, poisonQueueName } from "../../src/delivery/azureIntentQueue.ts";
import { type PoisonedMessage, walkPoisonQueue } from "../../src/delivery/azurePoisonQueue.ts";
import { newIntent } from "../../src/delivery/intent.ts";
import { createPoisonIntent } from "../../src/delivery/poisonIntent.ts";
import { queueOf } from "../support/queues.ts";
import { storageClientsOf } from "../support/storageClients.ts";
import { startStorageProxies } from "../support/storageProxies.ts";
import { ownStorage } from "../support/testStack.ts";
import { until } from "../support/until.ts";

const account = ownStorage();
const storage = storageClientsOf(account);
const poisonQueue = queueOf({ addresses: { storage: account } }, poisonQueueName);

test("the poison queue is not done with while another process holds some of it", async () => {
  const clearPoison = createClearPoison(storage);
  const clear = () => clearPoison("user", 0);
  expect(await clear()).toEqual({ kind: "done" });
  await createAzureIntentQueue(storage).poison("a reason", "a message");
  const { receivedMessageItems } = await poisonQueue.receiveMessages({ visibilityTimeout: 60 });
  expect(receivedMessageItems).toHaveLength(1);
  expect(await clear()).toEqual({ kind: "more", seen: 0 });
  for (const { messageId, popReceipt } of receivedMessageItems) {
    await poisonQueue.updateMessage(messageId, popReceipt, undefined, 0);
  }
  expect(await clear()).toEqual({ kind: "done" });
});

test("while the mark of its user is read, no one can receive what goes to the poison queue", async () => {
  const received = async () =>
    (await poisonQueue.receiveMessages({ visibilityTimeout: 1 })).receivedMessageItems.length;
  await poisonQueue.clearMessages();
  let during: number | undefined;
  const poison = createPoisonIntent(createAzureIntentQueue(storage), async () => {
    during = await received();
    return { kind: "done", value: false };
  });
  const announcement = {
    audience: { kind: "user", digest: "user" },
    source: { table: "TodoItem", partition: "user", rowId: "one" },
    ...{ title: "t", text: "x", data: {} },
  } as const;
  const intent = newIntent(announcement, ["wns"], Date.now());
  expect(await poison("a reason", intent)).toEqual({ kind: "done" });
  expect([during, await received()]).toEqual([0, 1]);
});

test("a message that comes while the queue is walked stays, and hides none that another process holds", async () => {
  const queue = createAzureIntentQueue(storage);
  await poisonQueue.clearMessages();
  await queue.poison("held", "a message");
  await poisonQueue.receiveMessages({ visibilityTimeout: 60 });
  await queue.poison("first", "a message");
  const visited: string[] = [];
  const visit = async ({ reason }: PoisonedMessage) => {
    visited.push(reason);
    // Storage notes the time of a message in whole seconds.
    const nextSecond = Math.floor(Date.now() / 1_000 + 2) * 1_000;
    await until("a later second", () => Date.now() >= nextSecond);
    await queue.poison("later", "a message");
    return "keep" as const;
  };
  const walk = await walkPoisonQueue(storage, visit, new AbortController().signal);
  expect(visited).toEqual(["first"]);
  expect(walk).toEqual({ kind: "done", kept: 1, deleted: 0, unseen: 1, isCut: false });
});

test("a connection that breaks does not end a walk, and nothing is looked at twice", async () => {
  await poisonQueue.clearMessages();
  await createAzureIntentQueue(storage).poison("a reason", "a message");
  const proxies = await startStorageProxies(account);
  const seen = new Set<string>();
  proxies.queues.interfere = ({ method, url }) => {
    const call = `${method} ${url.includes("popreceipt")}`;
    if (seen.has(call)) return undefined;
    seen.add(call);
    return { kind: "reset" };
  };
  const visited: string[] = [];
  const visit = async ({ reason }: PoisonedMessage) => {
    visited.push(reason);
    return "delete" as const;
  };
  const through = storageClientsOf(proxies.connectionString);
  const walk = await walkPoisonQueue(through, visit, new AbortController().signal);
  expect(walk).toEqual({ kind: "done", kept: 0, deleted: 1, unseen: 0, isCut: false });
  expect([visited, [...seen]]).toEqual([["a reason"], ["GET false", "DELETE true"]]);
  await proxies.stop();
});
