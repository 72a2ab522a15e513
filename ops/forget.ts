import { readOptions, refuse } from "../cli/options.ts";
import { isAbout } from "../src/delivery/announcement.ts";
import { createAzureForgottenUsers } from "../src/forgetting/azureForgottenUsers.ts";
import { createHubClient } from "../src/hub/hubClient.ts";
import { createRegistrationHub } from "../src/registration/azureRegistrationHub.ts";
import { createForgetDevices } from "../src/registration/forgetDevices.ts";
import { createAzureRowTable } from "../src/rows/azureRowTable.ts";
import { createForgetRows } from "../src/rows/forgetRows.ts";
import type { Table } from "../src/rows/table.ts";
import { readHubConnectionString } from "../src/settings/connectionString.ts";
import { storageErrorCode } from "../src/storage/failure.ts";
import type { StorageClients } from "../src/storage/storageAccount.ts";
import { storedTables } from "../src/storedTables.ts";
import { isUserId, userDigest } from "../src/user.ts";
import {
  fail,
  readSettingsByName,
  storageAccountOf,
  storageOfOperator,
} from "./operatorSettings.ts";
import { walkForOperator } from "./poisonQueue.ts";

const usage = `npm run forget -- --user ID

Deletes everything that is kept of a user: the registrations, the rows of every table, the rows of messages to the user, and the user's
notifications on the poison queue. ID is the user's id, such as facebook:123. It is safe to repeat. What waits on the queue
ends by itself, because its row is gone.

Reads NotificationHub__connectionString, NotificationHub__name and AzureWebJobsStorage (or
AzureWebJobsStorage__accountName, for the user of az login or azd auth login) from the environment or from
local.settings.json.`;

const { user } = readOptions(usage, { user: { type: "string" } });
if (!isUserId(user)) refuse("--user must be a user's id, such as facebook:123.", usage);

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** How long a run that does not end keeps the user's devices from registering, in milliseconds. */
const longestRun = 5 * 60_000;

/** Deletes the rows of messages to a user. They name the user by the digest. @returns how many there were */
async function forgetMessages(
  storage: StorageClients,
  name: string,
  digest: string,
): Promise<number> {
  const table = storage.table(name, {});
  const filter = `audience eq '${digest}'`;
  let deleted = 0;
  try {
    for await (const { partitionKey = "", rowKey = "" } of table.listEntities({
      queryOptions: { filter, select: ["PartitionKey", "RowKey"] },
    })) {
      await table.deleteEntity(partitionKey, rowKey);
      deleted++;
    }
  } catch (error) {
    if (storageErrorCode(error) !== "TableNotFound") throw error;
  }
  return deleted;
}

/** @throws an Error that says why, if storage does not delete them */
async function forgetRowsOf(storage: StorageClients, table: Table, digest: string): Promise<void> {
  const forgetRows = createForgetRows(createAzureRowTable(storage, table));
  for (let kind: string = "more"; kind === "more"; ) {
    ({ kind } = await forgetRows(digest, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY));
    if (kind !== "done" && kind !== "more") {
      throw new Error(`Storage did not delete the rows of ${table.name} (${kind}). Try again.`);
    }
  }
}

async function forget(digest: string): Promise<void> {
  const settings = await readSettingsByName();
  const { NotificationHub__connectionString: given, NotificationHub__name: name } = settings;
  if (!given || !name) {
    throw new Error("NotificationHub__connectionString or NotificationHub__name is missing.");
  }
  const hub = readHubConnectionString(given);
  if (hub === undefined) {
    throw new Error("NotificationHub__connectionString is not a hub connection string.");
  }
  const storage = await storageOfOperator(storageAccountOf(settings));
  const forgottenUsers = createAzureForgottenUsers(storage);
  /** Marks the user, so that what races with this or waits on the queue is not kept: see `src/forgetting/`. */
  async function mark(underWayFor: number): Promise<void> {
    const marked = await forgottenUsers.mark(digest, Date.now(), Date.now() + underWayFor);
    if (marked.kind !== "done") {
      throw new Error(`Storage did not mark the user as forgotten (${marked.kind}). Try again.`);
    }
  }
  await mark(longestRun);

  const forgetDevices = createForgetDevices(createRegistrationHub(createHubClient(hub, name)));
  /** @returns how many */
  async function forgetRegistrations(): Promise<number> {
    const devices = await forgetDevices(digest);
    if (devices.kind === "done") return devices.value;
    throw new Error(`The hub did not delete the registrations (${devices.kind}). Try again.`);
  }
  say(`Registrations deleted: ${await forgetRegistrations()}`);

  for (const one of storedTables) {
    switch (one.kind) {
      case "rows":
        await forgetRowsOf(storage, one.table, digest);
        say(`Rows of ${one.name} deleted: all`);
        break;
      case "messages":
        say(`Rows of messages deleted: ${await forgetMessages(storage, one.name, digest)}`);
        break;
      // They hold nothing but times, and go by themselves.
      case "marks":
    }
  }

  let unread = 0;
  const { deleted, unseen } = await walkForOperator(storage, async ({ intent }) => {
    if (intent === undefined) unread++;
    return intent !== undefined && isAbout(intent.announcement, digest) ? "delete" : "keep";
  });
  say(`Notifications on the poison queue deleted: ${deleted}`);
  if (unread > 0) say(`On the poison queue, ${unread} cannot be read, and stay.`);
  if (unseen > 0) {
    throw new Error(`Another program looks at ${unseen} more of them. Repeat this in 2 minutes.`);
  }
  // What was on its way to the hub or to storage, from a process that was killed for example, may have arrived since.
  await forgetRegistrations();
  for (const one of storedTables) {
    if (one.kind === "rows") await forgetRowsOf(storage, one.table, digest);
  }
  await mark(0);
  say("What remains are log lines, which name items by id and hold no text.");
  say(
    "The hub's lists lag by seconds: if a device has registered just now, repeat this in a minute.",
  );
}

try {
  await forget(userDigest(user));
} catch (error) {
  fail(error);
}
