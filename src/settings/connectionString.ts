import { isSecureUrl } from "../http/secureUrl.ts";
import type { StorageAccount } from "../storage/storageAccount.ts";

/** Returns a connection string's values by their lowercase names. A value may contain `=`. */
function connectionStringParts(text: string): ReadonlyMap<string, string> {
  const parts = text.split(";").filter((part) => part.trim() !== "");
  return new Map(
    parts.map((part) => {
      const at = part.indexOf("=");
      return [part.slice(0, at).trim().toLowerCase(), part.slice(at + 1).trim()];
    }),
  );
}

/**
 * The account of Azurite, with its public key
 * (https://learn.microsoft.com/azure/storage/common/storage-connect-azurite).
 */
const developmentAccount = {
  name: "devstoreaccount1",
  key: "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==",
  ports: { queue: 10_001, table: 10_002 },
} as const;

/**
 * Reads a connection string with an account key, in forms that the Functions host accepts too.
 *
 * @returns nothing if it is none, or if it leads over plain http to another machine
 */
export function readStorageConnectionString(text: string): StorageAccount | undefined {
  const parts = connectionStringParts(text);
  if (parts.get("usedevelopmentstorage")?.toLowerCase() === "true") {
    return developmentStorage(parts.get("developmentstorageproxyuri") ?? "http://127.0.0.1");
  }
  const [name, key] = [parts.get("accountname"), parts.get("accountkey")];
  if (!name || !key) return undefined;
  const protocol = parts.get("defaultendpointsprotocol")?.toLowerCase();
  const suffix = parts.get("endpointsuffix");
  /** The address of a service. Plain http needs explicit addresses, because it is only for this machine. */
  const endpoint = (service: string) =>
    parts.get(`${service}endpoint`) ??
    (protocol === "https" && suffix && /^[a-z0-9-]+$/i.test(name)
      ? `https://${name}.${service}.${suffix}`
      : undefined);
  const [queue, table] = [endpoint("queue"), endpoint("table")];
  if (queue === undefined || table === undefined || !["http", "https"].includes(protocol ?? "")) {
    return undefined;
  }
  // The host uses the blobs of the account.
  if (![queue, table, parts.get("blobendpoint") ?? queue].every(isSecureUrl)) return undefined;
  // A table's or queue's name comes behind it.
  if (![queue, table].every(isPlain)) return undefined;
  return keyAccount(name, key, queue, table);
}

/** Whether an address has nothing but an origin and a path. */
function isPlain(address: string): boolean {
  const { search, hash, username, password } = new URL(address);
  return search + hash + username + password === "" && !address.includes("?");
}

function developmentStorage(proxy: string): StorageAccount | undefined {
  if (!isSecureUrl(proxy)) return undefined;
  const { protocol, hostname } = new URL(proxy);
  const { name, key, ports } = developmentAccount;
  const endpoint = (port: number) => `${protocol}//${hostname}:${port}/${name}`;
  return keyAccount(name, key, endpoint(ports.queue), endpoint(ports.table));
}

function keyAccount(name: string, key: string, queue: string, table: string): StorageAccount {
  const [queueUrl, tableUrl] = [queue, table].map((url) => url.replace(/\/+$/, ""));
  return { kind: "key", name, key, queueUrl: queueUrl ?? "", tableUrl: tableUrl ?? "" };
}

/**
 * Reads the connection string of a hub's access policy.
 *
 * @returns it in the form that the hub's client reads, or nothing if it is none or leads over plain http to another machine
 */
export function readHubConnectionString(text: string): string | undefined {
  const parts = connectionStringParts(text);
  const endpoint = parts.get("endpoint") ?? "";
  const [name, key] = [parts.get("sharedaccesskeyname"), parts.get("sharedaccesskey")];
  if (!name || !key || !isSecureUrl(endpoint.replace(/^sb:/i, "https:"))) return undefined;
  const address = endpoint.replace(/^sb:/i, "sb:");
  return `Endpoint=${address};SharedAccessKeyName=${name};SharedAccessKey=${key}`;
}
