import { parseArgs } from "node:util";
import { DefaultAzureCredential } from "@azure/identity";
import { type DequeuedMessageItem, RestError } from "@azure/storage-queue";
import * as v from "valibot";
import { readLocalSettings } from "../local/functionsHost/localSettings.ts";
import { createAzureIntentQueue, poisonQueueName } from "../src/delivery/azureIntentQueue.ts";
import { type Intent, readIntent } from "../src/delivery/intentQueue.ts";
import { parseJson } from "../src/http/parseJson.ts";
import {
  createStorageClients,
  type StorageAccount,
  type StorageClients,
} from "../src/storage/storageAccount.ts";

const usage = `npm run redrive [-- --dry-run]

Puts what lies on the poison queue back to be delivered, with a new day to live. --dry-run only lists it.
The storage account is that of AzureWebJobsStorage, or of AzureWebJobsStorage__accountName by whoever is
signed in here (az login, azd auth login), in the environment or in local.settings.json.`;

/** How long a message is held while it is moved, in seconds. */
const hold = 60;

/** What this app puts there. The Functions host puts a message there as it was. */
const poisoned = v.object({ reason: v.string(), message: v.unknown() });

const { values } = parseArgs({
  options: { "dry-run": { type: "boolean", default: false }, help: { type: "boolean" } },
});

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** The intent in a message, and why it is there. */
function read({ messageText }: DequeuedMessageItem): { intent?: Intent; reason: string } {
  const content = parseJson(Buffer.from(messageText, "base64"));
  if (content === undefined) return { reason: "unreadable" };
  const { reason, message } = v.is(poisoned, content)
    ? content
    : { reason: "the host gave it up", message: content };
  const intent = readIntent(message);
  return intent ? { intent, reason } : { reason };
}

async function redrive(storage: StorageClients): Promise<void> {
  const poisonQueue = storage.queues({}).getQueueClient(poisonQueueName);
  const intents = createAzureIntentQueue(storage);
  const kept: DequeuedMessageItem[] = [];
  let moved = 0;

  for (;;) {
    const { receivedMessageItems } = await poisonQueue.receiveMessages({
      numberOfMessages: 32,
      visibilityTimeout: hold,
    });
    if (receivedMessageItems.length === 0) break;
    for (const message of receivedMessageItems) {
      const { intent, reason } = read(message);
      const what = intent
        ? `item ${intent.announcement.source.rowId} of ${intent.createdAt}, for ${intent.platforms.join(", ")}`
        : `message ${message.messageId}, which stays`;
      say(`${reason}: ${what}`);
      if (!intent || values["dry-run"]) {
        kept.push(message);
        continue;
      }
      const anew = { ...intent, createdAt: new Date().toISOString(), attempt: 0 };
      const { kind } = await intents.put(anew, 0);
      if (kind !== "done")
        throw new Error("The queue is out of reach. What was moved is listed above.");
      await poisonQueue.deleteMessage(message.messageId, message.popReceipt);
      moved++;
    }
  }
  for (const { messageId, popReceipt } of kept) {
    await poisonQueue.updateMessage(messageId, popReceipt, undefined, 0);
  }
  say(`${moved} put back, ${kept.length} left on ${poisonQueueName}.`);
}

async function readAccount(): Promise<StorageAccount> {
  const settings: Readonly<Record<string, string | undefined>> = {
    ...(await readLocalSettings(process.cwd())),
    ...process.env,
  };
  const connectionString = settings["AzureWebJobsStorage"];
  if (connectionString) return { kind: "connectionString", connectionString };
  const accountName = settings["AzureWebJobsStorage__accountName"];
  if (accountName) return { kind: "identity", accountName };
  throw new Error(
    "AzureWebJobsStorage is missing: put the app's value there, or AzureWebJobsStorage__accountName.",
  );
}

async function run(): Promise<void> {
  const storage = createStorageClients(await readAccount(), () => new DefaultAzureCredential());
  await redrive(storage).catch((error: unknown) => {
    const missing = error instanceof RestError && error.code === "QueueNotFound";
    if (!missing) throw error;
    say("Nothing lies there.");
  });
}

if (values.help) {
  say(usage);
} else {
  await run().catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
    process.exitCode = 1;
  });
}
