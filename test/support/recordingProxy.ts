import { createServer, request } from "node:http";
import { listen } from "../../local/listen.ts";

export interface RecordedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** What a proxy does to a request instead of passing it on at once. */
export type Interference =
  | { readonly kind: "delay"; readonly milliseconds: number }
  /** Passes it on, and drops the connection instead of the answer. */
  | { readonly kind: "dropAnswer" }
  /** Drops the connection, and passes nothing on. */
  | { readonly kind: "reset" }
  | { readonly kind: "status"; readonly status: number };

/** Stands between the app and a service, and keeps what goes through. */
export interface RecordingProxy {
  readonly url: string;
  readonly requests: RecordedRequest[];
  /** Decides, for each request, whether it is passed on as it is. */
  interfere: ((request: RecordedRequest) => Interference | undefined) | undefined;
  /** Says where the service is. */
  forwardTo(url: string): void;
  stop(): Promise<void>;
}

/** Starts a proxy that passes everything on as it is: signatures stay sound. */
export async function startRecordingProxy(): Promise<RecordingProxy> {
  const requests: RecordedRequest[] = [];
  let target: URL | undefined;
  const proxy: Pick<RecordingProxy, "interfere"> = { interfere: undefined };
  const server = createServer(async (incoming, answer) => {
    const { method = "", url = "", headers } = incoming;
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const recorded = { method, url, headers, body: body.toString() };
    requests.push(recorded);
    const interference = proxy.interfere?.(recorded);
    switch (interference?.kind) {
      case "reset":
        incoming.socket.destroy();
        return;
      case "status":
        answer.writeHead(interference.status).end();
        return;
      case "delay":
        await new Promise((resolve) => setTimeout(resolve, interference.milliseconds));
    }
    const outgoing = request(
      { host: target?.hostname, port: target?.port, method, path: url, headers },
      (response) => {
        if (interference?.kind === "dropAnswer") {
          response.resume();
          response.on("end", () => incoming.socket.destroy());
          return;
        }
        answer.writeHead(response.statusCode ?? 502, response.headers);
        response.pipe(answer);
      },
    );
    outgoing.on("error", () => answer.destroy());
    outgoing.end(body);
  });
  return Object.assign(proxy, {
    url: await listen(server, 0),
    requests,
    forwardTo(url: string) {
      target = new URL(url);
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}
