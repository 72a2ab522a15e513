import type { IncomingMessage, Server, ServerResponse } from "node:http";

/*
 * What Kestrel, the web server of the real host, makes of requests and responses. Its limits are its defaults
 * (https://learn.microsoft.com/aspnet/core/fundamentals/servers/kestrel/options), which the host keeps.
 */

const longestRequestLine = 8_192;
const mostHeaders = 100;
const largestHeaders = 32_768;

/** The options of a server that leaves the limits to {@link readRequest}. */
export const serverOptions = { maxHeaderSize: 64 * 1024 };

/**
 * Gives a request the form in which the host sees it: the target without an origin, and every header once.
 *
 * @returns the status with which the request is refused before any function sees it, without a body
 */
export function readRequest(request: IncomingMessage): number | undefined {
  const { method = "", url = "", httpVersion, rawHeaders } = request;
  if (`${method} ${url} HTTP/${httpVersion}\r\n`.length > longestRequestLine) return 414;
  if (rawHeaders.length / 2 > mostHeaders) return 431;
  if (rawHeaders.join("").length > largestHeaders) return 431;
  const decoded = rawHeaders.map(utf8Of);
  if (decoded.includes(undefined)) return 400;
  if (/^[^?]*%00/.test(url)) return 400;
  if (url === "*" || url.includes("#")) return 404;

  request.headers = joined(decoded.map((text) => text ?? ""));
  const { host } = request.headers;
  // Only HTTP/1.0 allows a request without it, and the host fails to make its address.
  if (host === undefined) return 500;
  if (!/^(?:[\w.-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i.test(host)) return 400;
  if (!URL.canParse(`http://${host}`)) return 400;
  const [, origin, authority] = /^(https?:\/\/([^/?]*))/i.exec(url) ?? [];
  // A target in absolute form must name the host that `Host` names (RFC 9112, section 3.2.2).
  if (authority !== undefined && authority.toLowerCase() !== host.toLowerCase()) return 400;
  request.url = url.slice(origin?.length ?? 0) || "/";
  return request.url.startsWith("/") ? undefined : 400;
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** Decodes a part of a header, which Node reads as Latin-1, and Kestrel as UTF-8. Returns `undefined` if it is not. */
function utf8Of(text: string): string | undefined {
  if (!/[\u0080-\u00ff]/.test(text)) return text;
  try {
    return utf8.decode(Buffer.from(text, "latin1"));
  } catch {
    return undefined;
  }
}

/** The names under which programs of this machine, its emulators and its containers reach the host. */
const ownNames = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\]|10\.0\.2\.2|host\.docker\.internal)$/i;

/**
 * Returns whether a request names this machine. A page elsewhere, whose name leads here, would otherwise reach functions
 * that ask for no key (DNS rebinding).
 *
 * @param allowed other names, without a port
 */
export function isOwnName({ headers }: IncomingMessage, allowed: readonly string[]): boolean {
  const name = (headers.host ?? "").replace(/:\d+$/, "").toLowerCase();
  return ownNames.test(name) || allowed.some((one) => one.toLowerCase() === name);
}

/** Returns the headers by their names in lower case, each once: the values of several are joined. */
function joined(rawHeaders: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]?.toLowerCase() ?? "";
    const value = rawHeaders[index + 1] ?? "";
    headers[name] = headers[name] === undefined ? value : `${headers[name]},${value}`;
  }
  return headers;
}

/** Ends a response without a body. */
export function end(response: ServerResponse, status: number): void {
  response.setHeader("server", "Kestrel");
  response.writeHead(status, { "content-length": 0 }).end();
}

/** Ends a response with a body, in chunks, or without one and then without its type. */
export function endWith(response: ServerResponse, body: Uint8Array | undefined): void {
  response.setHeader("server", "Kestrel");
  if (body === undefined || body.length === 0) {
    response.removeHeader("content-type");
    response.end();
    return;
  }
  // Said here, so that Node neither adds a length nor writes the headers alone.
  if (response.useChunkedEncodingByDefault) response.setHeader("transfer-encoding", "chunked");
  response.end(body);
}

/** Refuses what Node's parser does not pass on as a request: methods that do not exist, and `CONNECT`. */
export function refuseOtherMethods(server: Server): void {
  const notFound =
    "HTTP/1.1 404 Not Found\r\nServer: Kestrel\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
  server.on("connect", (_, socket) => socket.end(notFound));
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
    if (!socket.writable) return;
    const { code } = error;
    if (code === "HPE_INVALID_METHOD") socket.end(notFound);
    else if (code === "HPE_HEADER_OVERFLOW") {
      socket.end("HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\n\r\n");
    } else socket.end("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
  });
}
