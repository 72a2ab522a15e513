import { createServer } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { listen } from "../listen.ts";
import { createDeliveries } from "./deliveries.ts";
import { type ApnsEnvironment, createDevices } from "./devices.ts";
import { createFaults } from "./faults.ts";
import { createFeedback } from "./feedback.ts";
import { openJournal } from "./journal.ts";
import { createSentNotifications } from "./outcomes.ts";
import { type AccessRule, createAccessCheck, defaultRules } from "./sas.ts";
import { createListener } from "./server.ts";
import { changesOf, createHubState } from "./state.ts";

export interface HubEmulatorOptions {
  /** 0 takes a free one. */
  readonly port: number;
  /** `notify-users` by default. */
  readonly hubName?: string;
  /** Where registrations and installations are kept between runs; without it they end with the emulator. */
  readonly dataDirectory?: string;
  /** Rules beside `DefaultFullSharedAccessSignature` and `DefaultListenSharedAccessSignature`. */
  readonly accessRules?: readonly AccessRule[];
  /** A certificate and its key, in PEM: the emulator then speaks https. */
  readonly https?: { readonly cert: string; readonly key: string };
  /** Which of Apple's push services the hub has credentials for; `production` by default. */
  readonly apnsEnvironment?: ApnsEnvironment;
}

export interface HubEmulator {
  /** `http://127.0.0.1:PORT/<hub name>` */
  readonly url: string;
  /** Of the rule with all rights, whose key is public. */
  readonly connectionString: string;
  readonly name: string;
  /** Ends every connection, answered or not. */
  stop(): Promise<void>;
}

/** As Azure has it: https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules */
const namePattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,259}$/;

/** Starts a hub on 127.0.0.1. Rejects where the port is taken or the data can't be read. */
export async function startHubEmulator(options: HubEmulatorOptions): Promise<HubEmulator> {
  const { https, port, dataDirectory, hubName: name = "notify-users" } = options;
  if (!namePattern.test(name)) throw new Error(`${name} can't be the name of a hub.`);
  const scheme = https === undefined ? "http" : "https";
  const { full, listen: listenOnly } = defaultRules;
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
  const server = https === undefined ? createServer(listener) : createSecureServer(https, listener);
  const { port: taken } = new URL(await listen(server, port));
  const endpoint = `${scheme}://127.0.0.1:${taken}/`;
  return {
    url: `${endpoint}${name}`,
    connectionString: `Endpoint=${endpoint};SharedAccessKeyName=${full.name};SharedAccessKey=${full.key}`,
    name,
    stop() {
      return new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}
