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

/** Reads the settings of this folder's local.settings.json and of the environment, which wins. */
export async function readSettingsByName(): Promise<SettingsByName> {
  return { ...(await readLocalSettings(process.cwd())).values, ...process.env };
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
export function fail(error: unknown): void {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
