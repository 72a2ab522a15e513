import { DefaultAzureCredential } from "@azure/identity";
import { type DequeuedMessageItem, RestError } from "@azure/storage-queue";
import * as v from "valibot";
import { readOptions } from "../cli/options.ts";
import { createAzureIntentQueue, poisonQueueName } from "../src/delivery/azureIntentQueue.ts";
import { type Intent, readIntent } from "../src/delivery/intent.ts";
import { parseJson } from "../src/http/parseJson.ts";
import { tableName as messageTable } from "../src/messages/messageTable.ts";
import { readLocalSettings } from "../src/settings/localSettings.ts";
import {
  createStorageClients,
  type StorageAccount,
  type StorageClients,
} from "../src/storage/storageAccount.ts";

const usage = `npm run redrive [-- --yes]

Lists the messages of the poison queue. With --yes it puts them back on the delivery queue, with another day to be
delivered. Finds the storage account in AzureWebJobsStorage (a connection string) or in
AzureWebJobsStorage__accountName (a name, for the user of az login or azd auth login), which are read from the
environment or from local.settings.json.`;

/** How long a message stays invisible while it is moved, in seconds: much longer than moving a batch takes. */
const hold = 10 * 60;

/** A message that this app moved to the poison queue. The Functions host moves messages unchanged. */
const poisoned = v.object({ reason: v.string(), message: v.unknown() });

const { yes } = readOptions(usage, { yes: { type: "boolean", default: false } });

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Reads the intent in a message, and the reason why it is on the poison queue. */
function read({ messageText }: DequeuedMessageItem): { intent?: Intent; reason: string } {
  const content = parseJson(Buffer.from(messageText, "base64"));
  if (content === undefined) return { reason: "unreadable" };
  const { reason, message } = v.is(poisoned, content)
    ? content
    : { reason: "given up by the host", message: content };
  const reading = readIntent(message);
  return reading.kind === "intent" ? { intent: reading.intent, reason } : { reason };
}

/** Returns what the row of an intent is called in the API. */
function nounOf({ announcement }: Intent): string {
  return announcement.source.table === messageTable ? "message" : "item";
}

/**
 * Moves the messages that are on the poison queue now. A message that fails again meanwhile comes back to it,
 * and stays there.
 */
async function redrive(storage: StorageClients): Promise<void> {
  const poisonQueue = storage.queues({}).getQueueClient(poisonQueueName);
  const intents = createAzureIntentQueue(storage);
  const kept = new Map<string, DequeuedMessageItem>();
  const moved = new Set<string>();
  let began: Date | undefined;

  try {
    for (;;) {
      const { receivedMessageItems, date } = await poisonQueue.receiveMessages({
        numberOfMessages: 32,
        visibilityTimeout: hold,
      });
      // By the clock of storage, as `insertedOn`.
      began ??= date ?? new Date();
      // A kept message comes again if its hold has ended.
      const fresh = receivedMessageItems.filter(({ messageId }) => !kept.has(messageId));
      for (const message of receivedMessageItems) {
        if (kept.has(message.messageId)) kept.set(message.messageId, message);
      }
      // Messages come roughly in the order of their insertion: what follows is newer, too.
      const end = began;
      if (fresh.every(({ insertedOn }) => insertedOn > end)) {
        for (const message of fresh) kept.set(message.messageId, message);
        break;
      }
      for (const message of fresh) {
        const { intent, reason } = read(message);
        const key = intent && `${intent.intentId} ${intent.platforms.join()}`;
        if (message.insertedOn > began || (key !== undefined && moved.has(key))) {
          kept.set(message.messageId, message);
          continue;
        }
        const what = intent
          ? `${nounOf(intent)} ${intent.announcement.source.rowId} from ${intent.createdAt}, for ${intent.platforms.join(", ") || "its results"}`
          : `queue message ${message.messageId}, left on the queue`;
        say(`${reason}: ${what}`);
        if (!intent || key === undefined || !yes) {
          kept.set(message.messageId, message);
          continue;
        }
        const renewed = {
          ...intent,
          createdAt: new Date().toISOString(),
          attempt: 0,
          postponements: 0,
        };
        const { kind } = await intents.put(renewed, 0);
        if (kind !== "done") {
          kept.set(message.messageId, message);
          throw new Error(
            "The queue is unreachable. The last one above was not put back. Try again in a minute.",
          );
        }
        await poisonQueue.deleteMessage(message.messageId, message.popReceipt);
        moved.add(key);
      }
    }
  } finally {
    for (const { messageId, popReceipt } of kept.values()) {
      // If this fails, the message becomes visible when its hold ends.
      await poisonQueue.updateMessage(messageId, popReceipt, undefined, 0).catch(() => undefined);
    }
  }
  say(`${moved.size} put back, ${kept.size} left on ${poisonQueueName}.`);
  if (!yes && kept.size > 0) say("To put them back, type: npm run redrive -- --yes");
}

async function readAccount(): Promise<StorageAccount> {
  const settings: Readonly<Record<string, string | undefined>> = {
    ...(await readLocalSettings(process.cwd())).values,
    ...process.env,
  };
  const connectionString = settings["AzureWebJobsStorage"];
  if (connectionString) return { kind: "connectionString", connectionString };
  const accountName = settings["AzureWebJobsStorage__accountName"];
  if (accountName) return { kind: "identity", accountName };
  throw new Error(
    "AzureWebJobsStorage is missing. Set it to the app's value, or set " +
      "AzureWebJobsStorage__accountName.",
  );
}

async function run(): Promise<void> {
  const storage = createStorageClients(await readAccount(), () => new DefaultAzureCredential());
  await redrive(storage).catch((error: unknown) => {
    const missing = error instanceof RestError && error.code === "QueueNotFound";
    if (!missing) throw error;
    say("The poison queue is empty.");
  });
}

await run().catch((error: unknown) => {
  const isSignedOut =
    error instanceof Error && /CredentialUnavailable|AggregateAuthentication/.test(error.name);
  const reason = error instanceof Error ? error.message : error;
  process.stderr.write(
    `${isSignedOut ? "This machine is not signed in to Azure. Run az login or azd auth login." : reason}\n`,
  );
  process.exitCode = 1;
});
