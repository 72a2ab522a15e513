import { once } from "node:events";
import { connect as connectPlain } from "node:net";
import { join } from "node:path";
import { connect as connectSecure } from "node:tls";
import { afterAll, beforeAll } from "vitest";
import {
  type HostProcessOptions,
  startHostProcess,
} from "../../../../local/functionsHost/hostProcess.ts";

/** The fixture app: every trigger, odd routes, cookies. Another host must run it for `FUNCTIONS_URL`. */
const fixture = join(import.meta.dirname, "../apps/sound");

/** The address of another host that runs the fixture app, such as `func start` or Azure. */
export const otherHost = process.env["FUNCTIONS_URL"];

export interface HostUnderTest {
  readonly url: URL;
  log(): string;
  stop(): Promise<void>;
}

/** Starts the local host with the fixture app, or with another one. */
export async function startHost(
  options: Partial<Omit<HostProcessOptions, "log">> = {},
): Promise<HostUnderTest> {
  let log = "";
  const host = await startHostProcess({
    appDirectory: fixture,
    port: 0,
    ...options,
    env: { ...process.env, GREETING: "hello", ...options.env },
    log: (piece) => {
      log += piece;
    },
  });
  return { url: new URL(host.ready.url), log: () => log, stop: () => host.stop() };
}

/** Returns the host that the suite is about: the one at `FUNCTIONS_URL`, or the local one. */
export function useHost(): () => HostUnderTest {
  let host: HostUnderTest | undefined;
  beforeAll(async () => {
    host =
      otherHost === undefined
        ? await startHost()
        : { url: new URL(otherHost), log: () => "", stop: async () => {} };
  });
  afterAll(() => host?.stop());
  return () => {
    if (!host) throw new Error("The host is not running. Use it only inside a test.");
    return host;
  };
}

export interface RawResponse {
  readonly status: number;
  /** The header lines, names in lower case. */
  readonly headers: readonly string[];
  readonly body: string;
}

/**
 * Sends the bytes of a request as they are, because clients refuse to send some of these.
 *
 * @param head the request line and headers without the last empty line, in Latin-1; HOST stands for the host's name
 */
export async function sendRaw(
  { url }: HostUnderTest,
  head: readonly string[],
  body = "",
): Promise<RawResponse> {
  const port = Number(url.port || (url.protocol === "https:" ? 443 : 80));
  const socket =
    url.protocol === "https:"
      ? connectSecure({ host: url.hostname, port, servername: url.hostname })
      : connectPlain({ host: url.hostname, port });
  const text = `${[...head, "Connection: close"].join("\r\n")}\r\n\r\n${body}`;
  socket.write(Buffer.from(text.replaceAll("HOST", url.host), "latin1"));
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  socket.setTimeout(60_000, () => socket.destroy());
  await once(socket, "close");
  const received = Buffer.concat(chunks).toString("latin1");
  const [top = "", ...rest] = received.split("\r\n\r\n");
  const [line = "", ...headers] = top.split("\r\n");
  return {
    status: Number(line.split(" ")[1]),
    headers: headers.map((header) => header.replace(/^[^:]+/, (name) => name.toLowerCase())),
    body: rest.join("\r\n\r\n"),
  };
}
