import { readLocalSettings } from "../src/settings/localSettings.ts";
import {
  createStorageClients,
  type StorageAccount,
  type StorageClients,
} from "../src/storage/storageAccount.ts";

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
  if (connectionString) return { kind: "connectionString", connectionString };
  const accountName = settings["AzureWebJobsStorage__accountName"];
  if (accountName) return { kind: "identity", accountName };
  throw new Error(
    "AzureWebJobsStorage is missing. Set it to the app's value, or set " +
      "AzureWebJobsStorage__accountName.",
  );
}

/**
 * Creates clients for the operator: with the connection string, or as the signed-in user.
 *
 * @throws an Error that says so, if no user is signed in
 */
export async function storageOfOperator(account: StorageAccount): Promise<StorageClients> {
  if (account.kind === "connectionString") {
    return createStorageClients(account, () => {
      throw new Error("A connection string needs no identity.");
    });
  }
  // Its package is large.
  const { DefaultAzureCredential } = await import("@azure/identity");
  const user = new DefaultAzureCredential();
  await user.getToken("https://storage.azure.com/.default").catch(() => {
    throw new Error("This machine is not signed in to Azure. Run az login or azd auth login.");
  });
  return createStorageClients(account, () => user);
}

/** Ends the program with a sentence for the operator. */
export function fail(error: unknown): void {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
