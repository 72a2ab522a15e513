import { createHttpHeaders, type HttpClient, RestError } from "@azure/core-rest-pipeline";
import type { Dispatcher } from "undici";
import Agent from "undici/lib/dispatcher/agent.js";

/** The most connections to each service. If all are busy, a request waits, within the deadline of its call. */
export const mostConnections = 300;

/**
 * An idle connection is closed after 100 s: before Azure's load balancers forget it, which takes 4 minutes.
 */
const dispatcher = new Agent({
  connections: mostConnections,
  keepAliveTimeout: 100_000,
  keepAliveMaxTimeout: 100_000,
});

/** A request, whose body is a text. */
interface Call {
  readonly url: string;
  readonly method: string;
  readonly headers: Iterable<readonly [name: string, value: string]>;
  readonly body?: unknown;
  readonly abortSignal?: AbortSignalLike | undefined;
}

/** The older form of a signal, which the SDKs' types name. */
interface AbortSignalLike {
  readonly aborted: boolean;
  addEventListener(type: "abort", listener: () => void): void;
  removeEventListener(type: "abort", listener: () => void): void;
}

/** A whole response. The names of headers are in lower case. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly bodyAsText: string;
}

/** Headers that the dispatcher writes itself, and one that would ask for compression. */
const ownHeaders = new Set(["accept-encoding", "connection", "content-length", "host"]);

/**
 * Sends a request and reads the whole response.
 *
 * Asks for no compression, follows no redirect, and knows no proxy. The SDKs' own client costs twice as much
 * processor time, and never settles if the connection breaks within a compressed body.
 *
 * @throws a RestError without a status if there is no complete response; an AbortError if the signal aborts
 */
export function exchange({ url, method, headers, body, abortSignal }: Call): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const path = url.indexOf("/", "https://".length);
  const sent: string[] = [];
  for (const [name, value] of headers) if (!ownHeaders.has(name)) sent.push(name, value);

  let controller: Dispatcher.DispatchController | undefined;
  const abort = () => {
    const error = new DOMException("The call was aborted.", "AbortError");
    reject(error);
    controller?.abort(error);
  };
  if (abortSignal?.aborted) {
    abort();
    return promise;
  }
  abortSignal?.addEventListener("abort", abort);
  const end = () => abortSignal?.removeEventListener("abort", abort);

  let status = 0;
  const received: Record<string, string> = {};
  const chunks: Buffer[] = [];
  dispatcher.dispatch(
    {
      origin: url.slice(0, path),
      path: url.slice(path),
      method,
      headers: sent,
      body: typeof body === "string" ? body : null,
    },
    {
      onRequestStart(started) {
        controller = started;
        if (abortSignal?.aborted) abort();
      },
      onResponseStart(_, statusCode, given) {
        status = statusCode;
        for (const name in given) received[name] = String(given[name]);
      },
      onResponseData(_, chunk) {
        chunks.push(chunk);
      },
      onResponseEnd() {
        end();
        const bodyAsText = chunks.length === 0 ? "" : Buffer.concat(chunks).toString();
        resolve({ status, headers: received, bodyAsText });
      },
      onResponseError(_, error) {
        end();
        // A code that the SDKs' retries know. undici has names of its own for what the system calls a reset.
        const known = "code" in error && !String(error.code).startsWith("UND_ERR");
        const code = known ? String(error.code) : "ECONNRESET";
        reject(new RestError("There was no complete response.", { code }));
      },
    },
  );
  return promise;
}

/** The HTTP client of the hub and of tables, in the form of the SDKs. */
export const httpClient: HttpClient = {
  async sendRequest(request) {
    const { status, headers, bodyAsText } = await exchange(request);
    return { request, status, headers: createHttpHeaders({ ...headers }), bodyAsText };
  },
};
