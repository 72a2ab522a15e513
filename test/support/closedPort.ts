import { createServer } from "node:http";
import { listen } from "../../local/listen.ts";

/** Returns an address on this machine at which no server listens. */
export async function closedPort(): Promise<string> {
  const server = createServer();
  const url = await listen(server, 0);
  await new Promise((resolve) => server.close(resolve));
  return url;
}
