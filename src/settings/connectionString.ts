import { isSecureUrl } from "../http/secureUrl.ts";

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

/** Returns whether a text is a connection string with an account key. The Functions host accepts it too. */
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
    // Plain http is only for loopback addresses, which need explicit endpoints.
    (parts.has("tableendpoint") && parts.has("queueendpoint")
      ? protocol === "https" || protocol === "http"
      : protocol === "https" && Boolean(parts.get("endpointsuffix")))
  );
}

/** Returns whether a text is a connection string of a hub's access policy. */
export function isHubConnectionString(text: string): boolean {
  const parts = connectionStringParts(text);
  const endpoint = parts.get("endpoint") ?? "";
  return (
    Boolean(parts.get("sharedaccesskeyname") && parts.get("sharedaccesskey")) &&
    isSecureUrl(endpoint.replace(/^sb:/, "https:"))
  );
}
