import { expect, test } from "vitest";
import { createClearPoison } from "../../src/delivery/azureClearPoison.ts";
import { createAzureIntentQueue, poisonQueueName } from "../../src/delivery/azureIntentQueue.ts";
import { createStorageClients } from "../../src/storage/storageAccount.ts";
import { ownStorage } from "../support/testStack.ts";

test("the poison queue is not done with while another process holds some of it", async () => {
  const account = { kind: "connectionString", connectionString: ownStorage() } as const;
  const storage = createStorageClients(account, () => {
    throw new Error("A connection string needs no identity.");
  });
  const clearPoison = createClearPoison(storage);
  const clear = () => clearPoison("user", 0);
  expect(await clear()).toEqual({ kind: "done" });
  await createAzureIntentQueue(storage).poison("a reason", "a message");
  const poisonQueue = storage.queues({}).getQueueClient(poisonQueueName);
  const { receivedMessageItems } = await poisonQueue.receiveMessages({ visibilityTimeout: 60 });
  expect(receivedMessageItems).toHaveLength(1);
  expect(await clear()).toEqual({ kind: "more", seen: 0 });
  for (const { messageId, popReceipt } of receivedMessageItems) {
    await poisonQueue.updateMessage(messageId, popReceipt, undefined, 0);
  }
  expect(await clear()).toEqual({ kind: "done" });
});
