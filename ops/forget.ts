import type { TableClient } from "@azure/data-tables";
import { readOptions, refuse } from "../cli/options.ts";
import { isAbout } from "../src/delivery/announcement.ts";
import { createAzureForgottenUsers } from "../src/forgetting/azureForgottenUsers.ts";
import { createHubClient } from "../src/hub/hubClient.ts";
import { userTag } from "../src/hub/tags.ts";
import { createRegistrationHub } from "../src/registration/azureRegistrationHub.ts";
import { createForgetDevices } from "../src/registration/forgetDevices.ts";
import { isOf } from "../src/registration/userRegistrations.ts";
import { createAzureRowTable } from "../src/rows/azureRowTable.ts";
import { createForgetRows } from "../src/rows/forgetRows.ts";
import type { Table } from "../src/rows/table.ts";
import { readHubConnectionString } from "../src/settings/connectionString.ts";
import { storageErrorCode } from "../src/storage/failure.ts";
import type { StorageClients } from "../src/storage/storageAccount.ts";
import { storedTables } from "../src/storedTables.ts";
import { isUserId, type UserId, userDigest } from "../src/user.ts";
import {
  fail,
  readSettingsByName,
  storageAccountOf,
  storageOfOperator,
} from "./operatorSettings.ts";
import { walkForOperator } from "./poisonQueue.ts";

const usage = `npm run forget -- --user ID [--yes]

Counts what is kept of a user: the registrations, the rows of every table, the rows of messages to the user, and the user's
notifications on the poison queue. With --yes it deletes all of it. ID is the user's id, such as facebook:123. It is safe to
repeat. What waits on the queue ends by itself, because its row is gone.

Reads NotificationHub__connectionString, NotificationHub__name and AzureWebJobsStorage (or
AzureWebJobsStorage__accountName, for the user of az login or azd auth login) from the environment or from
local.settings.json. Without them, it looks for the local stack that runs in this folder.`;

const { user, yes } = readOptions(usage, {
  user: { type: "string" },
  yes: { type: "boolean", default: false },
});
if (!isUserId(user)) refuse("--user must be a user's id, such as facebook:123.", usage);

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** How long a run that does not end keeps the user's devices from registering, in milliseconds. */
const longestRun = 5 * 60_000;

/** Yields the keys of a table's rows that a filter finds; none if there is no table. Leaves out the marks of deleted rows. */
async function* rowsOf(
  table: TableClient,
  filter: string,
): AsyncIterable<readonly [string, string]> {
  const queryOptions = { filter, select: ["PartitionKey", "RowKey", "isDeleted"] };
  try {
    for await (const row of table.listEntities<{ isDeleted?: boolean }>({ queryOptions })) {
      const { partitionKey = "", rowKey = "", isDeleted } = row;
      if (isDeleted !== true) yield [partitionKey, rowKey];
    }
  } catch (error) {
    if (storageErrorCode(error) !== "TableNotFound") throw error;
  }
}

/** Returns what finds the rows about a user. Those of messages name the user by the digest. */
function filterFor(kind: "rows" | "messages", digest: string): string {
  return kind === "rows" ? `PartitionKey eq '${digest}'` : `audience eq '${digest}'`;
}

/** Returns how many rows of each table are about a user, by what they are called. */
async function countRows(
  storage: StorageClients,
  digest: string,
): Promise<readonly (readonly [what: string, count: number])[]> {
  const counts: [string, number][] = [];
  for (const { kind, name } of storedTables) {
    // Marks hold nothing but times, and go by themselves. The switch has nothing of users.
    if (kind === "marks" || kind === "switch") continue;
    let count = 0;
    for await (const _ of rowsOf(storage.table(name, {}), filterFor(kind, digest))) count++;
    counts.push([kind === "rows" ? `Rows of ${name}` : "Rows of messages", count]);
  }
  return counts;
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

/** Says what was counted, and returns the sum. */
function sayCounts(counts: readonly (readonly [what: string, count: number])[], deleted: string) {
  const sum = counts.reduce((all, [, count]) => all + count, 0);
  if (sum === 0) say(`There ${deleted === "" ? "is" : "was"} nothing of this user.`);
  else for (const [what, count] of counts) say(`${what}${deleted}: ${count}`);
  return sum;
}

/** Walks over the poison queue, and keeps or deletes what is about a user. @returns how much that is */
async function walkPoison(
  storage: StorageClients,
  digest: string,
  disposition: "keep" | "delete",
): Promise<number> {
  let [found, unread] = [0, 0];
  const { unseen } = await walkForOperator(storage, async ({ intent }) => {
    if (intent === undefined) unread++;
    const isUsers = intent !== undefined && isAbout(intent.announcement, digest);
    if (isUsers) found++;
    return isUsers ? disposition : "keep";
  });
  if (unread > 0) say(`On the poison queue, ${unread} cannot be read, and stay.`);
  if (unseen > 0) {
    throw new Error(
      `Another program looks at ${unseen} more of the poison queue. Repeat this in 2 minutes.`,
    );
  }
  return found;
}

async function forget(userId: UserId): Promise<void> {
  const digest = userDigest(userId);
  const settings = await readSettingsByName();
  const { NotificationHub__connectionString: given, NotificationHub__name: name } = settings;
  if (!given || !name) {
    throw new Error("NotificationHub__connectionString or NotificationHub__name is missing.");
  }
  const hubOf = readHubConnectionString(given);
  if (hubOf === undefined) {
    throw new Error("NotificationHub__connectionString is not a hub connection string.");
  }
  const storage = await storageOfOperator(storageAccountOf(settings));
  const hub = createRegistrationHub(createHubClient(hubOf, name));
  if (!yes) {
    const listed = await hub.listByTag(userTag(digest), AbortSignal.timeout(30_000));
    if (listed.kind !== "done") {
      throw new Error(`The hub did not list the registrations (${listed.kind}). Try again.`);
    }
    const counts = [
      ["Registrations", listed.value.filter((one) => isOf(one, digest)).length],
      ...(await countRows(storage, digest)),
      ["Notifications on the poison queue", await walkPoison(storage, digest, "keep")],
    ] as const;
    if (sayCounts(counts, "") > 0) {
      const quoted = /^[\w:.@-]+$/.test(userId) ? userId : `'${userId.replaceAll("'", "'\\''")}'`;
      say(`Nothing is deleted yet. To delete it, type: npm run forget -- --user ${quoted} --yes`);
    }
    return;
  }

  const forgottenUsers = createAzureForgottenUsers(storage);
  /** Marks the user, so that what races with this or waits on the queue is not kept: see `src/forgetting/`. */
  async function mark(underWayFor: number): Promise<void> {
    const marked = await forgottenUsers.mark(digest, Date.now(), Date.now() + underWayFor);
    if (marked.kind !== "done") {
      throw new Error(`Storage did not mark the user as forgotten (${marked.kind}). Try again.`);
    }
  }
  await mark(longestRun);

  const forgetDevices = createForgetDevices(hub);
  /** @returns how many */
  async function forgetRegistrations(): Promise<number> {
    const devices = await forgetDevices(digest);
    if (devices.kind === "done") return devices.value;
    throw new Error(`The hub did not delete the registrations (${devices.kind}). Try again.`);
  }
  async function forgetTables(): Promise<void> {
    for (const one of storedTables) {
      if (one.kind === "rows") await forgetRowsOf(storage, one.table, digest);
      if (one.kind !== "messages") continue;
      const table = storage.table(one.name, {});
      for await (const keys of rowsOf(table, filterFor("messages", digest))) {
        await table.deleteEntity(...keys);
      }
    }
  }
  const registrations = await forgetRegistrations();
  const rows = await countRows(storage, digest);
  await forgetTables();
  const poisoned = await walkPoison(storage, digest, "delete");
  // What was on its way to the hub or to storage, from a process that was killed for example, may have arrived since.
  const late = await forgetRegistrations();
  await forgetTables();
  await mark(0);
  sayCounts(
    [
      ["Registrations", registrations + late],
      ...rows,
      ["Notifications on the poison queue", poisoned],
    ],
    " deleted",
  );
  say("What remains are log lines, which name items by id and hold no text.");
  say(
    "The hub's lists lag by seconds: if a device has registered just now, repeat this in a minute.",
  );
}

try {
  await forget(user);
} catch (error) {
  fail(error);
}
