import { once } from "node:events";
import type { Server } from "node:http";
import type { Http2SecureServer } from "node:http2";

/**
 * How long an idle connection stays open, in seconds. This is longer than clients keep idle connections: if
 * the server closes a connection first, a request that is already on its way fails.
 */
const keepAliveSeconds = 65;

/**
 * Starts a server.
 *
 * @param port 0 selects a free port
 * @param host the address to listen on
 * @returns the server's port
 * @throws an Error that names the port, if the port is in use
 */
export async function listen(
  server: Server | Http2SecureServer,
  port: number,
  host: string,
): Promise<number> {
  if ("keepAliveTimeout" in server) server.keepAliveTimeout = keepAliveSeconds * 1_000;
  server.listen(port, host);
  try {
    await once(server, "listening");
  } catch (error) {
    const taken = error instanceof Error && "code" in error && error.code === "EADDRINUSE";
    if (!taken) throw error;
    throw new Error(
      `Port ${port} is in use, perhaps by another stack. Another port base or port is needed; 0 takes free ones.`,
    );
  }
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("The server has no port.");
  return address.port;
}
