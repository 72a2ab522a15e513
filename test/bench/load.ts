import { Agent, request } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { cpuTime, type Server } from "./processes.ts";

/** One request of a load, made new for each exchange. */
export interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** What a round of load showed. */
export interface Round {
  readonly perSecond: number;
  /** Sorted, in milliseconds. */
  readonly times: readonly number[];
  /** The processor time of the server for each request, in milliseconds. */
  readonly cpu: number;
}

/**
 * Sends requests over connections, each after the answer to the one before, until a number is answered.
 *
 * @param settled resolves when what the server does behind its answers has ended: it belongs to the round
 * @param pace the least time from one request of a connection to the next, in milliseconds
 */
export async function load(
  server: Pick<Server, "url" | "pid">,
  connections: number,
  count: number,
  next: (index: number) => Exchange,
  expected: number,
  settled: () => Promise<unknown> = async () => undefined,
  pace = 0,
): Promise<Round> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const times: number[] = [];
  let begun = 0;
  const cpuBefore = cpuTime(server.pid);
  const start = performance.now();
  await Promise.all(
    Array.from({ length: connections }, async () => {
      while (begun < count) {
        const exchange = next(begun++);
        const sent = performance.now();
        let status = await send(server.url, agent, exchange);
        // As a client does. Azurite makes requests wait for seconds when its memory grows.
        for (let tries = 0; status === 503 && tries < 3; tries++) {
          status = await send(server.url, agent, exchange);
        }
        const took = performance.now() - sent;
        times.push(took);
        if (took < pace) await delay(pace - took);
        if (status !== expected)
          throw new Error(`${exchange.path} returned ${status}, not ${expected}.`);
      }
    }),
  );
  await settled();
  const seconds = (performance.now() - start) / 1000;
  agent.destroy();
  return {
    perSecond: count / seconds,
    times: times.sort((a, b) => a - b),
    cpu: (cpuTime(server.pid) - cpuBefore) / count,
  };
}

function send(
  url: string,
  agent: Agent,
  { method, path, headers, body }: Exchange,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(
      `${url}${path}`,
      {
        method,
        agent,
        headers: {
          ...headers,
          ...(body !== undefined && {
            "content-type": "application/json",
            "content-length": Buffer.byteLength(body),
          }),
        },
      },
      (response) => {
        response.resume();
        response.once("end", () => resolve(response.statusCode ?? 0));
        response.once("error", reject);
      },
    );
    sent.once("error", reject);
    sent.end(body);
  });
}
