import { expect, test } from "vitest";
import { createAzureIntentQueue, poisonQueueName } from "../../src/delivery/azureIntentQueue.ts";
import { queueOf } from "../support/queues.ts";
import { storageClientsOf } from "../support/storageClients.ts";
import { ownStorage } from "../support/testStack.ts";

test("a message on the poison queue never expires", async () => {
  const account = ownStorage();
  const storage = storageClientsOf(account);
  const queue = createAzureIntentQueue(storage);
  expect(await queue.poison("a reason", "a message")).toMatchObject({ kind: "done" });
  const poisonQueue = queueOf({ addresses: { storage: account } }, poisonQueueName);
  const { peekedMessageItems } = await poisonQueue.peekMessages();
  // The year in which storage lets a message expire that never does.
  expect(peekedMessageItems.map(({ expiresOn }) => expiresOn.getUTCFullYear())).toEqual([9999]);
});
