import { isSecureUrl } from "../http/secureUrl.ts";

/** A connection string's parts, by their names in lower case; a value may hold `=`. */
function connectionStringParts(text: string): ReadonlyMap<string, string> {
  const parts = text.split(";").filter((part) => part.trim() !== "");
  return new Map(
    parts.map((part) => {
      const at = part.indexOf("=");
      return [part.slice(0, at).trim().toLowerCase(), part.slice(at + 1).trim()];
    }),
  );
}

/** A connection string with an account's key, which is what the Functions host takes as well. */
export function isStorageConnectionString(text: string): boolean {
  const parts = connectionStringParts(text);
  if (parts.get("usedevelopmentstorage")?.toLowerCase() === "true") return true;
  const protocol = parts.get("defaultendpointsprotocol");
  const endpoints = ["blobendpoint", "queueendpoint", "tableendpoint"].flatMap(
    (name) => parts.get(name) ?? [],
  );
  return (
    Boolean(parts.get("accountname") && parts.get("accountkey")) &&
    endpoints.every(isSecureUrl) &&
    // Plain http is for loopback addresses, which have to be named.
    (parts.has("tableendpoint") && parts.has("queueendpoint")
      ? protocol === "https" || protocol === "http"
      : protocol === "https" && Boolean(parts.get("endpointsuffix")))
  );
}

/** A connection string of an access policy. */
export function isHubConnectionString(text: string): boolean {
  const parts = connectionStringParts(text);
  const endpoint = parts.get("endpoint") ?? "";
  return (
    Boolean(parts.get("sharedaccesskeyname") && parts.get("sharedaccesskey")) &&
    isSecureUrl(endpoint.replace(/^sb:/, "https:"))
  );
}
