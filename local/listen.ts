import { once } from "node:events";
import type { Server } from "node:http";
import type { Server as SecureServer } from "node:https";

/**
 * How long a connection without requests is kept, in seconds. Longer than clients keep one: where the server
 * closes it first, a request may be on its way already, and fails.
 */
export const keepAliveSeconds = 65;

/**
 * Starts a server on 127.0.0.1, and on no other address of this machine.
 *
 * @param port 0 takes a free one
 * @returns where it is, such as `http://127.0.0.1:7071`
 * @throws an Error that names the port, where it is taken
 */
export async function listen(server: Server | SecureServer, port: number): Promise<string> {
  server.keepAliveTimeout = keepAliveSeconds * 1_000;
  server.listen(port, "127.0.0.1");
  try {
    await once(server, "listening");
  } catch (error) {
    const taken = error instanceof Error && "code" in error && error.code === "EADDRINUSE";
    if (!taken) throw error;
    throw new Error(`Port ${port} is taken.`);
  }
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("The server has no port.");
  return `http://127.0.0.1:${address.port}`;
}
