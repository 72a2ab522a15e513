import type { IncomingMessage } from "node:http";

/**
 * Reads a request's body to its end.
 *
 * @param limit in bytes
 * @returns `undefined` if the body is larger
 */
export async function readBody(
  request: IncomingMessage,
  limit: number,
): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size <= limit) chunks.push(chunk);
  }
  return size <= limit ? Buffer.concat(chunks) : undefined;
}
