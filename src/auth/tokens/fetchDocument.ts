import { isSecureUrl } from "../../http/secureUrl.ts";

/** The size limit of a document, in bytes. Key sets with certificates take about 20 KiB. */
const largestDocument = 256 * 1024;

const mostRedirects = 3;

const redirectStatuses: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/**
 * Fetches a JSON object that an issuer publishes. Requires https, except on loopback addresses. Follows
 * redirects only within the same origin. Reads at most 256 KiB.
 *
 * @param signal aborts the fetch at its deadline
 * @throws an Error if it can't fetch the document, for any reason
 */
export async function fetchDocument(
  address: string,
  signal: AbortSignal,
): Promise<Readonly<Record<string, unknown>>> {
  if (!isSecureUrl(address)) throw new Error("The address is not https.");
  let url = new URL(address);
  for (let redirects = 0; redirects <= mostRedirects; redirects++) {
    const headers = { accept: "application/json" };
    const response = await fetch(url, { headers, signal, redirect: "manual" });
    if (!redirectStatuses.has(response.status)) return readDocument(response);
    await response.body?.cancel();
    const next = new URL(response.headers.get("location") ?? "", url);
    if (next.origin !== url.origin) throw new Error("The issuer redirects to another host.");
    url = next;
  }
  throw new Error("The issuer redirects too many times.");
}

async function readDocument(response: Response): Promise<Readonly<Record<string, unknown>>> {
  if (!response.ok) {
    await response.body?.cancel();
    throw new Error(`The issuer returned ${response.status}.`);
  }
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of response.body ?? []) {
    size += piece.byteLength;
    if (size > largestDocument) throw new Error("The issuer's document is larger than 256 KiB.");
    pieces.push(piece);
  }
  // A decoder drops a byte order mark, which RFC 8259, section 8.1, lets a reader ignore.
  const document: unknown = JSON.parse(new TextDecoder().decode(Buffer.concat(pieces)));
  if (typeof document !== "object" || document === null) {
    throw new Error("The issuer's document is not a JSON object.");
  }
  return { ...document };
}
