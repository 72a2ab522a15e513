import type { Hub, HubAge } from "./hub.ts";
import { openJournal } from "./registrations/journal.ts";
import { changesOf, createHubState } from "./registrations/state.ts";
import { createSentNotifications } from "./sending/outcomes.ts";
import type { ServiceVersion } from "./serviceVersion.ts";
import { createDeliveries } from "./world/deliveries.ts";
import { type ApnsEnvironment, createDevices } from "./world/devices.ts";
import { createFaults } from "./world/faults.ts";
import { createFeedback } from "./world/feedback.ts";
import { createRequests } from "./world/requests.ts";

/** The hubs that one emulator serves. */
export interface HubNamespace {
  /**
   * Returns the hub with this name, whose case does not matter, and creates it if any hub is allowed.
   *
   * @throws an Error if its journal is unreadable
   */
  find(name: string): Hub | undefined;
  /** The name of the first hub. */
  readonly first: string;
  /** Returns the hub with this name if it exists. */
  peek(name: string): Hub | undefined;
  /** Ends the work of all hubs: nothing changes any more. */
  close(): void;
}

export interface HubNamespaceOptions {
  readonly hubs: readonly string[];
  /** Creates any other hub when it is looked for. */
  readonly anyHub: boolean;
  readonly apnsEnvironment: ApnsEnvironment;
  readonly service: ServiceVersion;
  /** The directory of the journals. Without it, the hubs are in memory only. */
  readonly dataDirectory: string | undefined;
}

/** Azure's rule: https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules */
const namePattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,259}$/;

/** @throws an Error if a name is invalid or a journal is unreadable */
export function createNamespace(options: HubNamespaceOptions): HubNamespace {
  const hubs = new Map<string, Hub>();

  function add(name: string): Hub {
    const hub = createHub(name, options);
    hubs.set(name.toLowerCase(), hub);
    return hub;
  }

  for (const name of options.hubs) {
    if (!namePattern.test(name)) throw new Error(`${name} is not a valid hub name.`);
    if (!hubs.has(name.toLowerCase())) add(name);
  }
  return {
    first: options.hubs[0] ?? "",
    close() {
      for (const hub of hubs.values()) hub.age.closed = true;
    },
    peek(name) {
      return hubs.get(name.toLowerCase());
    },
    find(name) {
      const hub = hubs.get(name.toLowerCase());
      return hub === undefined && options.anyHub && namePattern.test(name) ? add(name) : hub;
    },
  };
}

function createHub(
  name: string,
  { apnsEnvironment, service, dataDirectory }: HubNamespaceOptions,
): Hub {
  const journal = dataDirectory === undefined ? undefined : openJournal(dataDirectory, name);
  const tagOrder = service === "2022" ? "created" : "id";
  const age: HubAge = { resets: 0, closed: false };
  const state = createHubState(journal?.changes ?? [], tagOrder, (change) => {
    // The data may be another emulator's by now.
    if (age.closed) throw new Error("The emulator was stopped.");
    journal?.append(change);
  });
  journal?.compact(changesOf(state));
  return {
    name,
    age,
    state,
    sent: createSentNotifications(),
    feedback: createFeedback(),
    deliveries: createDeliveries(),
    requests: createRequests(),
    devices: createDevices(),
    faults: createFaults(),
    apnsEnvironment,
    service,
  };
}
