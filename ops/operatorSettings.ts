import { findStack } from "../cli/runningStack.ts";
import { readStorageConnectionString } from "../src/settings/connectionString.ts";
import { readLocalSettings } from "../src/settings/localSettings.ts";
import {
  createStorageClients,
  type StorageAccount,
  type StorageClients,
} from "../src/storage/storageAccount.ts";
import { createOfficialQueue } from "./officialQueue.ts";

/** Settings by name. */
export type SettingsByName = Readonly<Record<string, string | undefined>>;

/** The settings that say which storage and hub an app has. With none of them, a program looks for the local stack. */
const places = [
  "AzureWebJobsStorage",
  "AzureWebJobsStorage__accountName",
  "NotificationHub__connectionString",
  "NotificationHub__name",
];

/**
 * Reads the settings of this folder's local.settings.json and of the environment, which wins. If they name no storage and no
 * hub, they are those of the local stack that runs here, and a line says so.
 *
 * @throws an Error that says what to do, if there is none
 */
export async function readSettingsByName(): Promise<SettingsByName> {
  const own = { ...(await readLocalSettings(process.cwd())).values, ...process.env };
  if (places.some((name) => own[name])) return own;
  const stack = await findStack(process.cwd());
  if (stack === undefined) {
    throw new Error(
      "No local stack runs in this folder (npm run local starts one), and no settings name another app's storage and hub. " +
        "For a deployment, copy them from the app's environment variables: NotificationHub__connectionString, " +
        "NotificationHub__name, and AzureWebJobsStorage__accountName. docs/operations.md says more.",
    );
  }
  const missing = stack.overridden.filter((name) => places.includes(name));
  if (missing.length > 0) {
    throw new Error(
      `The local stack at ${stack.address} has ${missing.join(" and ")} from its environment. Set that here too.`,
    );
  }
  process.stderr.write(`With the local stack at ${stack.address}.\n`);
  return { ...stack.settings, ...own };
}

/**
 * Finds the storage account in `AzureWebJobsStorage` (a connection string) or in `AzureWebJobsStorage__accountName` (a
 * name, for the user of az login or azd auth login).
 *
 * @throws an Error that says what is missing
 */
export function storageAccountOf(settings: SettingsByName): StorageAccount {
  const connectionString = settings["AzureWebJobsStorage"];
  if (connectionString) {
    const account = readStorageConnectionString(connectionString);
    if (account) return account;
    throw new Error(
      "AzureWebJobsStorage is not a storage connection string with an account key " +
        "(plain http is allowed only on loopback addresses).",
    );
  }
  const accountName = settings["AzureWebJobsStorage__accountName"];
  if (accountName) return { kind: "identity", accountName };
  throw new Error(
    "AzureWebJobsStorage is missing. Set it to the app's value, or set " +
      "AzureWebJobsStorage__accountName.",
  );
}

/**
 * Creates clients for the operator: with the connection string, or as the signed-in user. With queues, the official client
 * speaks: what the app's own client did not see, it may.
 *
 * @throws an Error that says so, if no user is signed in
 */
export async function storageOfOperator(account: StorageAccount): Promise<StorageClients> {
  if (account.kind === "key") {
    const { name, key, queueUrl } = account;
    return {
      ...createStorageClients(account, () => {
        throw new Error("A connection string needs no identity.");
      }),
      queue: (queue) => createOfficialQueue(queueUrl, queue, { account: name, key }),
    };
  }
  // Its package is large.
  const { DefaultAzureCredential } = await import("@azure/identity");
  const user = new DefaultAzureCredential();
  await user.getToken("https://storage.azure.com/.default").catch(() => {
    throw new Error("This machine is not signed in to Azure. Run az login or azd auth login.");
  });
  const queueUrl = `https://${account.accountName}.queue.core.windows.net`;
  return {
    ...createStorageClients(account, () => user),
    queue: (name) => createOfficialQueue(queueUrl, name, user),
  };
}

/** Ends the program with a sentence for the operator. */
export function fail(error: unknown, code = 1): void {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = code;
}
