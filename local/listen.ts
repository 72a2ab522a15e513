import { once } from "node:events";
import type { Server } from "node:http";
import type { Server as SecureServer } from "node:https";

/**
 * How long an idle connection stays open, in seconds. This is longer than clients keep idle connections: if
 * the server closes a connection first, a request that is already on its way fails.
 */
export const keepAliveSeconds = 65;

/**
 * Starts a server that listens on 127.0.0.1 only.
 *
 * @param port 0 selects a free port
 * @returns the server's address, such as `http://127.0.0.1:7071`
 * @throws an Error that names the port, if the port is in use
 */
export async function listen(server: Server | SecureServer, port: number): Promise<string> {
  server.keepAliveTimeout = keepAliveSeconds * 1_000;
  server.listen(port, "127.0.0.1");
  try {
    await once(server, "listening");
  } catch (error) {
    const taken = error instanceof Error && "code" in error && error.code === "EADDRINUSE";
    if (!taken) throw error;
    throw new Error(
      `Port ${port} is in use, perhaps by another stack. npm run local -- --port-base 0 takes free ports, and ` +
        "npm run host -- --port 0 a free one.",
    );
  }
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("The server has no port.");
  return `http://127.0.0.1:${address.port}`;
}
