import { refuse } from "../cli/options.ts";
import { createAzureSendSwitch } from "../src/delivery/azureSendSwitch.ts";
import type { StorageClients } from "../src/storage/storageAccount.ts";
import {
  fail,
  readSettingsByName,
  storageAccountOf,
  storageOfOperator,
} from "./operatorSettings.ts";
import { countWaiting } from "./why/queue.ts";

const usage = `npm run switch -- off | on | status

off stops all sending, of items and of messages, and loses nothing: inserts go on, and what is to be sent waits. Every process
has ended its sends within 30 s. on delivers what waits, within 15 minutes. What is older than a day by then goes to the
poison queue (npm run redrive). status says which it is, and how many wait.

Finds the storage account in AzureWebJobsStorage (a connection string) or in AzureWebJobsStorage__accountName (a name, for the
user of az login or azd auth login), which are read from the environment or from local.settings.json. Without them, it looks
for the local stack that runs in this folder.`;

const [word, ...rest] = process.argv.slice(2);
if (word === "--help" || word === "-h") {
  process.stdout.write(`${usage}\n`);
  process.exit(0);
}
if ((word !== "off" && word !== "on" && word !== "status") || rest.length > 0) {
  refuse("Give off, on or status.", usage);
}

async function turn(storage: StorageClients, isOff: boolean): Promise<void> {
  const { kind } = await createAzureSendSwitch(storage).write({
    isOff,
    since: new Date().toISOString(),
  });
  if (kind === "refused") {
    throw new Error(
      "Storage refuses it. Your account needs the role Storage Table Data Contributor.",
    );
  }
  if (kind !== "done") throw new Error("Storage is unreachable. Nothing has changed. Try again.");
}

async function say(storage: StorageClients): Promise<void> {
  const read = await createAzureSendSwitch(storage).read();
  if (read.kind !== "done") throw new Error(`Storage does not tell it (${read.kind}). Try again.`);
  const { isOff, since } = read.value;
  const waiting = await countWaiting(storage);
  process.stdout.write(
    `Sending is ${isOff ? "off" : "on"}${since === undefined ? "" : ` since ${since}`}. ` +
      `About ${waiting} ${waiting === 1 ? "notification waits" : "notifications wait"}.\n`,
  );
  if (!isOff) return;
  process.stdout.write(
    "Sends that are under way end within 30 s. Inserts go on, and what is to be sent waits for a day.\n" +
      "To go on, type: npm run switch -- on\n",
  );
}

try {
  const storage = await storageOfOperator(storageAccountOf(await readSettingsByName()));
  if (word !== "status") await turn(storage, word === "off");
  await say(storage);
} catch (error) {
  fail(error);
}
