import { createServer, request } from "node:http";
import { listen } from "../../local/listen.ts";

export interface RecordedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** Stands between the app and a service, and keeps what goes through. */
export interface RecordingProxy {
  readonly url: string;
  readonly requests: RecordedRequest[];
  /** Says where the service is. */
  forwardTo(url: string): void;
  stop(): Promise<void>;
}

/** Starts a proxy that passes everything on as it is: signatures stay sound. */
export async function startRecordingProxy(): Promise<RecordingProxy> {
  const requests: RecordedRequest[] = [];
  let target: URL | undefined;
  const server = createServer(async (incoming, answer) => {
    const { method = "", url = "", headers } = incoming;
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    requests.push({ method, url, headers, body: body.toString() });
    const outgoing = request(
      { host: target?.hostname, port: target?.port, method, path: url, headers },
      (response) => {
        answer.writeHead(response.statusCode ?? 502, response.headers);
        response.pipe(answer);
      },
    );
    outgoing.on("error", () => answer.destroy());
    outgoing.end(body);
  });
  return {
    url: await listen(server, 0),
    requests,
    forwardTo(url) {
      target = new URL(url);
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
