import { createServer, request } from "node:http";
import { listen } from "../../local/listen.ts";

/** Stands between the app and storage, and passes everything on as it is. */
export interface RecordingProxy {
  readonly url: string;
  /** What has been asked so far, such as `GET /account/table()?…`. */
  readonly requests: readonly string[];
  stop(): Promise<void>;
}

/** @param target the origin that it stands for. Storage signs the path and not the host, so both work. */
export async function startRecordingProxy(target: string): Promise<RecordingProxy> {
  const requests: string[] = [];
  const server = createServer((incoming, outgoing) => {
    const { method, url, headers } = incoming;
    requests.push(`${method} ${url}`);
    const forwarded = request(new URL(url ?? "/", target), { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    forwarded.on("error", () => outgoing.destroy());
    incoming.pipe(forwarded);
  });
  const url = await listen(server, 0);
  return {
    url,
    requests,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
