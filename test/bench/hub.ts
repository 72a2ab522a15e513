import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { connect, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import {
  atomEntry,
  callHub,
  endpointOf,
  type HubAddress,
  sign,
} from "../local/hubEmulator/hubClient.ts";

// Measures the hub emulator's native sends by tag over 32 connections: as a ratio to a bare node:http server
// that reads the body and returns 201, and with 20,000 registrations compared to 100.

const connections = 32;
const rounds = 5;
const roundMilliseconds = 1_000;
const payload = `{"message":{"notification":{"title":"hello"}}}`;

if (process.argv[2] === "bare") await serveBare();
else await measure();

/** Runs the server to compare with, in its own process. */
async function serveBare(): Promise<void> {
  const server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => {
      Buffer.concat(chunks);
      outgoing.writeHead(201, { "content-length": 0 }).end();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  process.stdout.write(`http://127.0.0.1:${port}/\n`);
}

interface Started {
  readonly child: ChildProcess;
  /** The first piece of its output. */
  readonly said: string;
}

async function start(file: URL, ...args: readonly string[]): Promise<Started> {
  const child = spawn(process.execPath, [fileURLToPath(file), ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [piece] = await once(child.stdout, "data");
  return { child, said: String(piece) };
}

async function measure(): Promise<void> {
  const children: ChildProcess[] = [];
  try {
    const bare = await start(new URL(import.meta.url), "bare");
    children.push(bare.child);
    const hubs: HubAddress[] = [];
    for (const registrations of [100, 20_000]) {
      const { child, said } = await start(
        new URL("../../local/hubEmulator/main.ts", import.meta.url),
        "--port",
        "0",
      );
      children.push(child);
      const [, connectionString = ""] = /Connection string: (.+)/.exec(said) ?? [];
      const hub = { connectionString, name: "notify-users" };
      hubs.push(hub);
      await populate(hub, registrations);
    }
    const [small, large] = hubs;
    if (small === undefined || large === undefined) return;
    const [bareRate = 0, oneDevice = 0, threeOf100 = 0, threeOf20000 = 0] = await race([
      requestTo(bare.said.trim(), small, "one"),
      requestTo(endpointOf(small), small, "one"),
      requestTo(endpointOf(small), small, "three"),
      requestTo(endpointOf(large), large, "three"),
    ]);
    const ratio = oneDevice / bareRate;
    const growth = threeOf100 / threeOf20000;
    process.stdout.write(
      [
        `bare node:http server:                    ${Math.round(bareRate)} requests/s`,
        `native send by tag, one device:           ${Math.round(oneDevice)} requests/s`,
        `ratio to the bare server:                 ${ratio.toFixed(2)} (at least 0.40)`,
        `three devices, 100 registrations:         ${Math.round(threeOf100)} requests/s`,
        `three devices, 20,000 registrations:      ${Math.round(threeOf20000)} requests/s`,
        `cost of a send with 20,000 against 100:   ${growth.toFixed(2)} (at most 1.30)`,
        "",
      ].join("\n"),
    );
    if (ratio < 0.4 || growth > 1.3) process.exitCode = 1;
  } finally {
    for (const child of children) child.kill();
  }
}

/** Creates registrations: one is tagged `one`, three are tagged `three`, each is tagged `user:N`. */
async function populate(hub: HubAddress, count: number): Promise<void> {
  let next = 0;
  const workers = Array.from({ length: connections }, async () => {
    for (let i = next++; i < count; i = next++) {
      const tags = [`user:${i}`, ...(i === 50 ? ["one"] : []), ...(i < 3 ? ["three"] : [])];
      const members = `<Tags>${tags.join(",")}</Tags><FcmV1RegistrationId>handle-${i}</FcmV1RegistrationId>`;
      const body = atomEntry("FcmV1", members);
      const { status } = await callHub(hub, "POST", "/registrations", { body });
      if (status !== 200) throw new Error(`The hub returned ${status}.`);
    }
  });
  await Promise.all(workers);
}

interface PreparedRequest {
  readonly port: number;
  readonly bytes: Buffer;
}

/** Returns the bytes of one send, as the SDK's client writes it. */
function requestTo(address: string, hub: HubAddress, tag: string): PreparedRequest {
  const { host, port } = new URL(address);
  const head = [
    `POST /${hub.name}/messages/?api-version=2020-06 HTTP/1.1`,
    `Host: ${host}`,
    `Authorization: ${sign(hub)}`,
    "x-ms-version: 2020-06",
    "x-ms-azsdk-telemetry: class=NotificationHubsServiceClient;method=sendNotification",
    "x-ms-client-request-id: 5f0b6c5e-9d6b-4f9d-9b39-0d7b7d1f4f7a",
    "User-Agent: azsdk-js-notificationhubs/2.1.0",
    "Accept: application/json",
    "Accept-Encoding: gzip,deflate",
    "ServiceBusNotification-Format: fcmv1",
    `ServiceBusNotification-Tags: ${tag}`,
    "Content-Type: application/json;charset=utf-8",
    `Content-Length: ${Buffer.byteLength(payload)}`,
    "Connection: keep-alive",
  ];
  return { port: Number(port), bytes: Buffer.from(`${head.join("\r\n")}\r\n\r\n${payload}`) };
}

/** Returns the median rates, in requests per second. The requests take turns, so a slowdown affects all. */
async function race(requests: readonly PreparedRequest[]): Promise<readonly number[]> {
  const rates = requests.map((): number[] => []);
  // The first round warms up.
  for (let round = 0; round <= rounds; round++) {
    for (const [i, request] of requests.entries()) {
      const rate = await rateOf(request);
      if (round > 0) rates[i]?.push(rate);
    }
  }
  return rates.map(median);
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;
}

/**
 * Measures the rate of a request, in requests per second. Writes the prepared bytes over plain sockets, again
 * after each response. Such a client costs almost nothing, so that the rate is the server's.
 */
async function rateOf({ port, bytes }: PreparedRequest): Promise<number> {
  let answers = 0;
  let fault: string | undefined;
  const sockets = Array.from({ length: connections }, () => {
    const socket: Socket = connect(port, "127.0.0.1", () => socket.write(bytes));
    let received = "";
    socket.setNoDelay().setEncoding("latin1");
    socket.on("data", (piece: string) => {
      received += piece;
      if (!received.endsWith("\r\n\r\n")) return;
      if (!received.startsWith("HTTP/1.1 201")) fault = received;
      received = "";
      answers++;
      socket.write(bytes);
    });
    socket.on("error", (error) => {
      fault ??= error.message;
    });
    return socket;
  });
  const begun = performance.now();
  await delay(roundMilliseconds);
  const rate = (answers * 1_000) / (performance.now() - begun);
  for (const socket of sockets) socket.destroy();
  if (fault !== undefined) throw new Error(`A send failed: ${fault}`);
  return rate;
}
