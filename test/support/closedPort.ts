import { createServer } from "node:http";
import { listen } from "../../local/listen.ts";

/** An address on this machine where nobody listens. */
export async function closedPort(): Promise<string> {
  const server = createServer();
  const url = await listen(server, 0);
  await new Promise((resolve) => server.close(resolve));
  return url;
}
