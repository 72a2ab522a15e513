import { expect, test } from "vitest";
import { createAzureIntentQueue, poisonQueueName } from "../../src/delivery/azureIntentQueue.ts";
import { createStorageClients } from "../../src/storage/storageAccount.ts";
import { ownStorage } from "../support/testStack.ts";

test("a message on the poison queue never expires", async () => {
  const account = { kind: "connectionString", connectionString: ownStorage() } as const;
  const storage = createStorageClients(account, () => {
    throw new Error("A connection string needs no identity.");
  });
  const queue = createAzureIntentQueue(storage);
  expect(await queue.poison("a reason", "a message")).toMatchObject({ kind: "done" });
  const poisonQueue = storage.queues({}).getQueueClient(poisonQueueName);
  const { peekedMessageItems } = await poisonQueue.peekMessages();
  // The year in which storage lets a message expire that never does.
  expect(peekedMessageItems.map(({ expiresOn }) => expiresOn.getUTCFullYear())).toEqual([9999]);
});
