import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import type { Http2ServerRequest } from "node:http2";
import type { Writable } from "node:stream";

/** A request over HTTP/1.1 or HTTP/2. */
export type Incoming = IncomingMessage | Http2ServerRequest;

/** What the emulator uses of a response over either. */
export interface Outgoing extends Writable {
  statusCode: number;
  setHeader(name: string, value: string | number): unknown;
}

/** A complete request to the hub. */
export interface HubRequest {
  readonly scheme: "http" | "https";
  readonly method: string;
  /** The path and query, as sent. */
  readonly target: string;
  /** The decoded segments of the path, without empty ones. The first is the hub's name. */
  readonly segments: readonly string[];
  /** By names in lower case, because the service ignores their case. */
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** The `Host` header. */
  readonly host: string;
  readonly body: string;
  /** How old the lists are that the request sees, in milliseconds, if a fault rule says so. */
  readonly listLagMs?: number | undefined;
}

/** A request before its body is read. */
export type HubRequestHead = Omit<HubRequest, "body" | "listLagMs">;

/** Returns the head of a request, or undefined if its path is not validly encoded. */
export function readHead(
  incoming: Incoming,
  scheme: HubRequestHead["scheme"],
): HubRequestHead | undefined {
  const target = incoming.url ?? "/";
  const question = target.indexOf("?");
  const path = question === -1 ? target : target.slice(0, question);
  const segments: string[] = [];
  for (const segment of path.split("/")) {
    const decoded = decodeSegment(segment);
    if (decoded === undefined) return undefined;
    if (decoded !== "") segments.push(decoded);
  }
  return {
    scheme,
    method: incoming.method ?? "GET",
    target,
    segments,
    query: readQuery(question === -1 ? "" : target.slice(question)),
    headers: incoming.headers,
    // HTTP/2 has the host in a header of its own.
    host: incoming.headers.host ?? String(incoming.headers[":authority"] ?? ""),
  };
}

function readQuery(text: string): URLSearchParams {
  const query = new URLSearchParams();
  for (const [name, value] of new URLSearchParams(text)) query.append(name.toLowerCase(), value);
  return query;
}

function decodeSegment(segment: string): string | undefined {
  if (!segment.includes("%")) return segment;
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}

/**
 * Reads a body and calls `done` once: with the text at the end, or with undefined as soon as the body is
 * larger than `limit` bytes. Never calls `done` if the client disconnects first.
 */
export function readBody(
  incoming: Incoming,
  limit: number,
  done: (body: string | undefined) => void,
): void {
  const chunks: Buffer[] = [];
  let size = 0;
  incoming.on("data", (chunk: Buffer) => {
    size += chunk.length;
    if (size <= limit) chunks.push(chunk);
    else if (size - chunk.length <= limit) done(undefined);
  });
  incoming.on("end", () => {
    if (size > limit) return;
    const [only] = chunks;
    const text = only !== undefined && chunks.length === 1 ? only : Buffer.concat(chunks);
    // .NET can write a byte order mark.
    done(text.toString().replace(/^\uFEFF/, ""));
  });
}

/** Returns the value of a header. Several values are joined with commas. */
export function header(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value.join(",") : value;
}
