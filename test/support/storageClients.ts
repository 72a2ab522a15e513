import { readStorageConnectionString } from "../../src/settings/connectionString.ts";
import { createStorageClients, type StorageClients } from "../../src/storage/storageAccount.ts";

/** Returns the app's clients of an account that has a key. */
export function storageClientsOf(connectionString: string): StorageClients {
  const account = readStorageConnectionString(connectionString);
  if (!account) throw new Error("This is no connection string of a storage account.");
  return createStorageClients(account, () => {
    throw new Error("A connection string needs no identity.");
  });
}
