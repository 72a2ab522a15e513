import { createServer } from "node:http";
import { createSecureServer } from "node:http2";
import type { Socket } from "node:net";
import { lockData } from "./dataLock.ts";
import { createDeliveries } from "./deliveries.ts";
import { type ApnsEnvironment, createDevices } from "./devices.ts";
import { createFaults } from "./faults.ts";
import { createFeedback } from "./feedback.ts";
import { openJournal } from "./journal.ts";
import { listen } from "./listen.ts";
import { createSentNotifications } from "./outcomes.ts";
import { type AccessRule, createAccessCheck, defaultRules } from "./sas.ts";
import { createListener } from "./server.ts";
import { changesOf, createHubState } from "./state.ts";

export interface HubEmulatorOptions {
  /** 0 selects a free port. */
  readonly port: number;
  /** `notify-users` by default. */
  readonly hubName?: string;
  /** The directory that keeps registrations and installations between runs. Default: in memory only. */
  readonly dataDirectory?: string;
  /** Rules in addition to `DefaultFullSharedAccessSignature` and `DefaultListenSharedAccessSignature`. */
  readonly accessRules?: readonly AccessRule[];
  /** A certificate and its key in PEM format. With it, the emulator serves https instead of http. */
  readonly https?: { readonly cert: string; readonly key: string };
  /** The Apple push service that the hub has credentials for. Default: `production`. */
  readonly apnsEnvironment?: ApnsEnvironment;
}

export interface HubEmulator {
  /** `http://127.0.0.1:PORT/<hub name>` */
  readonly url: string;
  /** The connection string for the rule with all rights. Its key is public. */
  readonly connectionString: string;
  readonly name: string;
  /** Stops the hub and closes all connections, even those with a pending request. */
  stop(): Promise<void>;
}

/** Azure's rule: https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules */
const namePattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,259}$/;

/** Starts a hub on 127.0.0.1. Rejects if the name is invalid, the port in use, or the data unreadable
 * or in use by another process. */
export async function startHubEmulator(options: HubEmulatorOptions): Promise<HubEmulator> {
  const { https, port, dataDirectory, hubName: name = "notify-users" } = options;
  if (!namePattern.test(name)) throw new Error(`${name} is not a valid hub name.`);
  const scheme = https === undefined ? "http" : "https";
  const { full, listen: listenOnly } = defaultRules;
  const lock = dataDirectory === undefined ? undefined : await lockData(dataDirectory);
  const journal = dataDirectory === undefined ? undefined : openJournal(dataDirectory, name);
  const state = createHubState(journal?.changes ?? [], (change) => journal?.append(change));
  journal?.compact(changesOf(state));
  const listener = createListener(
    {
      name,
      scheme,
      state,
      sent: createSentNotifications(),
      feedback: createFeedback(),
      deliveries: createDeliveries(),
      devices: createDevices(),
      faults: createFaults(),
      apnsEnvironment: options.apnsEnvironment ?? "production",
    },
    createAccessCheck([full, listenOnly, ...(options.accessRules ?? [])]),
  );
  const server =
    https === undefined
      ? createServer(listener)
      : // Java's client speaks HTTP/2 only.
        createSecureServer({ ...https, allowHTTP1: true }, listener);
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  const { port: taken } = new URL(await listen(server, port));
  const endpoint = `${scheme}://127.0.0.1:${taken}/`;
  return {
    url: `${endpoint}${name}`,
    // Clients turn sb into https. Java and Python cut it off by its position.
    connectionString: `Endpoint=${https === undefined ? endpoint : endpoint.replace("https", "sb")};SharedAccessKeyName=${full.name};SharedAccessKey=${full.key}`,
    name,
    async stop() {
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      });
      await lock?.release();
    },
  };
}
