import { readOptions, refuse } from "../cli/options.ts";
import { createAzureIntentQueue, poisonQueueName } from "../src/delivery/azureIntentQueue.ts";
import type { Intent } from "../src/delivery/intent.ts";
import type { StorageClients } from "../src/storage/storageAccount.ts";
import { storedTables } from "../src/storedTables.ts";
import {
  fail,
  readSettingsByName,
  storageAccountOf,
  storageOfOperator,
} from "./operatorSettings.ts";
import { walkForOperator } from "./poisonQueue.ts";

const usage = `npm run redrive [-- --yes | --dry-run]

Lists the messages of the poison queue, with --dry-run or without an option. With --yes it puts them back on the delivery
queue, with another day to be delivered. Finds the storage account in AzureWebJobsStorage (a connection string) or in
AzureWebJobsStorage__accountName (a name, for the user of az login or azd auth login), which are read from the
environment or from local.settings.json. Without them, it looks for the local stack that runs in this folder.`;

const { yes, "dry-run": isDryRun } = readOptions(usage, {
  yes: { type: "boolean", default: false },
  // What it does without --yes.
  "dry-run": { type: "boolean", default: false },
});

if (yes && isDryRun) refuse("Give --yes or --dry-run.", usage);

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Returns what the row of an intent is called in the API. */
function nounOf({ announcement }: Intent): string {
  const { table } = announcement.source;
  const stored = storedTables.find(({ name }) => name === table);
  return stored?.kind === "messages" ? "message" : "item";
}

/**
 * Moves the messages that are on the poison queue now. A message that fails again meanwhile comes back to it,
 * and stays there.
 */
async function redrive(storage: StorageClients): Promise<void> {
  const intents = createAzureIntentQueue(storage);
  const moved = new Set<string>();
  const { kept, unseen } = await walkForOperator(storage, async ({ messageId, reason, intent }) => {
    const key = intent && `${intent.intentId} ${intent.platforms.join()}`;
    if (key !== undefined && moved.has(key)) return "keep";
    const what = intent
      ? `${nounOf(intent)} ${intent.announcement.source.rowId} from ${intent.createdAt}, for ${intent.platforms.join(", ") || "its results"}`
      : `queue message ${messageId}, left on the queue`;
    say(`${reason}: ${what}`);
    if (!intent || key === undefined || !yes) return "keep";
    const createdAt = new Date().toISOString();
    const { kind } = await intents.put({ ...intent, createdAt, attempt: 0, postponements: 0 }, 0);
    if (kind !== "done") {
      throw new Error(
        "The queue is unreachable. The last one above was not put back. Try again in a minute.",
      );
    }
    moved.add(key);
    return "delete";
  });
  if (unseen > 0) say(`Another program looks at ${unseen} more. Try again in 2 minutes.`);
  if (moved.size + kept + unseen === 0) return say("The poison queue is empty.");
  say(`${moved.size} put back, ${kept} left on ${poisonQueueName}.`);
  if (!yes && kept > 0) say("To put them back, type: npm run redrive -- --yes");
}

try {
  await redrive(await storageOfOperator(storageAccountOf(await readSettingsByName())));
} catch (error) {
  fail(error);
}
