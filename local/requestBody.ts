import type { IncomingMessage } from "node:http";

/** The largest body that is read, in bytes. */
const largestBody = 64 * 1024;

/** Reads a request's body. @returns nothing where it is not a JSON object, or is too large */
export async function readJson(
  request: IncomingMessage,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of request) {
    size += piece.length;
    if (size <= largestBody) pieces.push(piece);
  }
  try {
    const body: unknown = JSON.parse(Buffer.concat(pieces).toString("utf8"));
    return typeof body === "object" && body !== null ? { ...body } : undefined;
  } catch {
    return undefined;
  }
}
