import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import { listen } from "../../local/listen.ts";

export interface RecordedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** What a proxy does with a request instead of forwarding it immediately. */
export type Interference =
  | { readonly kind: "delay"; readonly milliseconds: number }
  /** Forwards the request, then drops the connection instead of returning the response. */
  | { readonly kind: "dropAnswer" }
  /** Drops the connection without forwarding the request. */
  | { readonly kind: "reset" }
  /** Never responds. */
  | { readonly kind: "hang" }
  /** Responds with this instead of forwarding the request. */
  | {
      readonly kind: "answer";
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    }
  /** Forwards the request, then returns this part of the body. */
  | { readonly kind: "cut"; readonly part: number }
  | { readonly kind: "status"; readonly status: number };

/** A proxy between the app and a service that records every request. */
export interface RecordingProxy {
  readonly url: string;
  readonly requests: RecordedRequest[];
  /** How many connections clients have opened. */
  connections(): number;
  /** Returns what to do with a request; `undefined` forwards it unchanged. */
  interfere: ((request: RecordedRequest) => Interference | undefined) | undefined;
  /** Whether a request that writes waits until the one before it has its answer. */
  oneWriteAtATime: boolean;
  /** Sets the address of the service. */
  forwardTo(url: string): void;
  stop(): Promise<void>;
}

/** Returns a response whole in form, and cut in content. */
async function cut(response: IncomingMessage, answer: ServerResponse, part: number): Promise<void> {
  const body = Buffer.concat(await Array.fromAsync(response));
  const { "content-length": _, "transfer-encoding": __, ...headers } = response.headers;
  answer.writeHead(response.statusCode ?? 502, headers);
  answer.end(body.subarray(0, Math.floor(body.length * part)));
}

/** Starts a proxy that forwards everything unchanged, so that signatures stay valid. */
export async function startRecordingProxy(): Promise<RecordingProxy> {
  const requests: RecordedRequest[] = [];
  let target: URL | undefined;
  const proxy: Pick<RecordingProxy, "interfere" | "oneWriteAtATime"> = {
    ...{ interfere: undefined, oneWriteAtATime: false },
  };
  let lastWrite: Promise<void> = Promise.resolve();
  let connections = 0;
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
      case "hang":
        return;
      case "answer":
        answer.writeHead(interference.status, interference.headers).end(interference.body);
        return;
      case "status":
        answer.writeHead(interference.status).end();
        return;
      case "delay":
        await new Promise((resolve) => setTimeout(resolve, interference.milliseconds));
    }
    let ended = () => {};
    if (proxy.oneWriteAtATime && method !== "GET") {
      const before = lastWrite;
      lastWrite = new Promise((resolve) => {
        ended = resolve;
      });
      await before;
    }
    const outgoing = request(
      { host: target?.hostname, port: target?.port, method, path: url, headers },
      (response) => {
        if (interference?.kind === "dropAnswer") {
          response.resume();
          response.on("end", () => incoming.socket.destroy());
          return;
        }
        if (interference?.kind === "cut") {
          cut(response, answer, interference.part);
          return;
        }
        answer.writeHead(response.statusCode ?? 502, response.headers);
        response.on("close", ended);
        response.pipe(answer);
      },
    );
    outgoing.on("error", () => {
      ended();
      answer.destroy();
    });
    outgoing.end(body);
  });
  server.on("connection", () => {
    connections += 1;
  });
  return Object.assign(proxy, {
    connections: () => connections,
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
