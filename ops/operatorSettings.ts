import type { TokenCredential } from "@azure/identity";
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

/** Creates clients for the operator: with the connection string, or as the signed-in user. */
export function storageOfOperator(account: StorageAccount): StorageClients {
  return createStorageClients(account, signedInUser);
}

/** Loads its package, which is large, for the first token. */
function signedInUser(): TokenCredential {
  let loading: Promise<TokenCredential> | undefined;
  return {
    async getToken(...request) {
      loading ??= import("@azure/identity").then(
        (identity) => new identity.DefaultAzureCredential(),
      );
      return (await loading).getToken(...request);
    },
  };
}

/** Ends the program with a sentence for the operator. */
export function fail(error: unknown): void {
  const isSignedOut =
    error instanceof Error && /CredentialUnavailable|AggregateAuthentication/.test(error.name);
  const reason = error instanceof Error ? error.message : error;
  process.stderr.write(
    `${isSignedOut ? "This machine is not signed in to Azure. Run az login or azd auth login." : reason}\n`,
  );
  process.exitCode = 1;
}
