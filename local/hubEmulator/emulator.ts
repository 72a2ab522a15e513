import { createServer } from "node:http";
import { createSecureServer } from "node:http2";
import { isIP, type Socket } from "node:net";
import { homedir } from "node:os";
import { join } from "node:path";
import { allowInsecureConnection } from "./allowInsecureConnection.ts";
import type { Hub } from "./hub.ts";
import { createNamespace, type HubNamespace } from "./namespace.ts";
import { lockData } from "./registrations/dataLock.ts";
import { listen } from "./server/listen.ts";
import { createListener } from "./server/listener.ts";
import { type AccessRule, createAccessCheck, defaultRules } from "./server/sas.ts";
import type { ServiceVersion } from "./serviceVersion.ts";
import type { Delivery } from "./world/deliveries.ts";
import { type DeliveryMatch, waitForDelivery } from "./world/deliveryMatch.ts";
import { deviceIn } from "./world/deviceSchema.ts";
import { type ApnsEnvironment, type Device, isSameHandle } from "./world/devices.ts";
import type { FaultRule } from "./world/faults.ts";
import { faultsIn } from "./world/faultsSchema.ts";
import type { RequestRecord } from "./world/requests.ts";
import { linesOfRequest } from "./world/requestText.ts";
import { reset, setFaults } from "./world/worldRoutes.ts";

export interface HubEmulatorOptions {
  /** 0, the default, selects a free port. */
  readonly port?: number;
  /** The address to listen on. `127.0.0.1` by default; `0.0.0.0` for containers. */
  readonly host?: string;
  /** The names of the hubs. `["notify-users"]` by default. */
  readonly hubs?: readonly string[];
  /** Whether any other hub is created when a client first uses it. */
  readonly anyHub?: boolean;
  /** The directory that keeps registrations and installations between runs. Default: in memory only. */
  readonly dataDirectory?: string;
  /** Rules in addition to `DefaultFullSharedAccessSignature` and `DefaultListenSharedAccessSignature`. */
  readonly accessRules?: readonly AccessRule[];
  /** Serves https (HTTP/2 and HTTP/1.1) instead of http. */
  readonly https?: OwnCertificate | CertificateAuthority;
  /** The port of plain http beside https. 0 selects a free port. */
  readonly httpPort?: number;
  /** Host names, besides loopback addresses, that may be used for `_emulator`. */
  readonly allowedHosts?: readonly string[];
  /** The origins of web pages that may use `_emulator`. */
  readonly corsOrigins?: readonly string[];
  /** The Apple push service that the hub has credentials for. Default: `production`. */
  readonly apnsEnvironment?: ApnsEnvironment;
  /** The version of the service to be like. Default: `current`. */
  readonly service?: ServiceVersion;
  /** Receives a line for each request, and a line for each device that a send did not reach. */
  readonly log?: (lines: string) => void;
}

/** A certificate and its key in PEM format. */
export interface OwnCertificate {
  readonly cert: string;
  readonly key: string;
}

/** A certificate of an authority that the emulator makes and keeps. */
export interface CertificateAuthority {
  /** The directory of the authority. Default: `.notification-hubs-emulator` in the user's home directory. */
  readonly directory?: string;
  /** Host names or IP addresses of the certificate, besides 127.0.0.1, ::1 and localhost. */
  readonly names?: readonly string[];
}

/** A hub of the emulator, with the simulated world around it. */
export interface EmulatedHub {
  readonly name: string;
  /** Such as `http://127.0.0.1:PORT/<hub name>`. */
  readonly url: string;
  /** Deletes everything: registrations, installations, deliveries, requests, devices and faults. */
  reset(): void;
  /** Returns the notifications that reached devices, the newest 100,000. */
  deliveries(): readonly Delivery[];
  /**
   * Resolves with the first delivery since the last reset that matches, as soon as there is one.
   *
   * @param milliseconds how long to wait. Default: 5,000
   * @throws an Error that says what was delivered instead, after that time
   */
  waitForDelivery(match: DeliveryMatch, milliseconds?: number): Promise<Delivery>;
  /** Returns what clients asked and what came of it, the newest 10,000 requests. */
  requests(): readonly RequestRecord[];
  /** Replaces all fault rules. @throws an Error that names what is wrong with a rule */
  setFaults(rules: readonly FaultRule[]): void;
  /** Returns a simulated device by its handle. Every handle has one. */
  device(handle: string): EmulatedDevice;
}

export interface EmulatedDevice {
  /** Returns the state that was set, or an empty object. */
  state(): Device;
  /** Changes the given members of the state: `{ state: "expired" }` makes the platform report the handle as gone. */
  set(state: Device): void;
  /** Returns the notifications that reached it. */
  deliveries(): readonly Delivery[];
}

/** The emulator. Its own members are those of the first hub. */
export interface HubEmulator extends EmulatedHub {
  /** The connection string for the rule with all rights. Its key is public. */
  readonly connectionString: string;
  /** The address and connection string for plain http beside https, if there is such a port. */
  readonly http?: { readonly connectionString: string; readonly url: string };
  /** The options that let the JavaScript client use plain http, which it refuses otherwise. */
  readonly clientOptions: { readonly additionalPolicies: [typeof allowInsecureConnection] };
  /** The file with the certificate of the authority that clients have to trust. */
  readonly authorityFile?: string;
  /** Returns a hub by its name. @throws an Error if there is none */
  hub(name: string): EmulatedHub;
  /** Stops the hub and closes all connections, even those with a pending request. */
  stop(): Promise<void>;
}

/** Starts a hub. Rejects if a name is invalid, a port in use, or the data unreadable or in use by another process. */
export async function startHubEmulator(options: HubEmulatorOptions = {}): Promise<HubEmulator> {
  const { dataDirectory, host = "127.0.0.1", httpPort, port = 0 } = options;
  const { hubs = ["notify-users"] } = options;
  const [name] = hubs;
  if (name === undefined) throw new Error("At least one hub is required.");
  // Node would listen on all addresses.
  if (host.trim() === "") throw new Error("The host must be an address or a name.");
  if (dataDirectory === "") throw new Error("The data directory must have a name.");
  const ruleNames = (options.accessRules ?? []).map((rule) => rule.name);
  for (const [i, rule] of ruleNames.entries()) {
    const isDefault = Object.values(defaultRules).some((known) => known.name === rule);
    if (isDefault || ruleNames.indexOf(rule) < i) {
      throw new Error(`There are two access rules with the name ${rule}.`);
    }
  }
  const { full, listen: listenOnly } = defaultRules;
  const lock = dataDirectory === undefined ? undefined : await lockData(dataDirectory);
  const running: { stop(): Promise<void> }[] = [];
  const stopping = new AbortController();
  let namespace: HubNamespace | undefined;
  const stop = async (): Promise<void> => {
    namespace?.close();
    stopping.abort();
    for (const server of running.splice(0)) await server.stop();
    await lock?.release();
  };

  try {
    const hubsOfAll = createNamespace({
      hubs,
      anyHub: options.anyHub ?? false,
      apnsEnvironment: options.apnsEnvironment ?? "production",
      service: options.service ?? "current",
      dataDirectory,
    });
    namespace = hubsOfAll;
    const rules = [full, listenOnly, ...(options.accessRules ?? [])];
    const { log } = options;
    const serve = async (
      scheme: "http" | "https",
      onPort: number,
      certificate: OwnCertificate | undefined,
    ): Promise<string> => {
      const listener = createListener({
        scheme,
        namespace: hubsOfAll,
        checkAccess: createAccessCheck(rules),
        allowedHosts: (options.allowedHosts ?? []).map((allowed) => allowed.toLowerCase()),
        corsOrigins: options.corsOrigins ?? [],
        log: log === undefined ? () => {} : (request) => log(linesOfRequest(request)),
      });
      const server =
        certificate === undefined
          ? createServer(listener)
          : // Java's client speaks HTTP/2 only.
            createSecureServer({ ...certificate, allowHTTP1: true }, listener);
      const taken = await listen(server, onPort, host);
      running.push(closer(server));
      // From this machine, a server on all addresses is on this one as well.
      const here = host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host;
      return `${scheme}://${isIP(here) === 6 ? `[${here}]` : here}:${taken}/`;
    };

    const { https } = options;
    const authority = https === undefined || isOwn(https) ? undefined : await issue(https);
    const certificate = https && isOwn(https) ? https : authority?.certificate;
    const endpoint = await serve(certificate === undefined ? "http" : "https", port, certificate);
    const plain =
      certificate === undefined || httpPort === undefined
        ? undefined
        : await serve("http", httpPort, undefined);
    const connectionStringOf = (address: string): string =>
      // Clients turn sb into https. Java and Python cut it off by its position.
      `Endpoint=${address.replace("https:", "sb:")};SharedAccessKeyName=${full.name};SharedAccessKey=${full.key}`;
    const hubNamed = (wanted: string): EmulatedHub => {
      const found = hubsOfAll.find(wanted);
      if (found === undefined) throw new Error(`There is no hub ${wanted}.`);
      return emulatedHub(found, endpoint, stopping.signal);
    };
    return {
      ...hubNamed(name),
      connectionString: connectionStringOf(endpoint),
      clientOptions: { additionalPolicies: [allowInsecureConnection] },
      ...(plain !== undefined && {
        http: { connectionString: connectionStringOf(plain), url: `${plain}${name}` },
      }),
      ...(authority !== undefined && { authorityFile: authority.file }),
      hub: hubNamed,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function isOwn(https: OwnCertificate | CertificateAuthority): https is OwnCertificate {
  return "cert" in https;
}

async function issue({
  directory = join(homedir(), ".notification-hubs-emulator"),
  names = [],
}: CertificateAuthority): Promise<{
  readonly certificate: OwnCertificate;
  readonly file: string;
}> {
  // The library for certificates takes a moment to load, and few need it.
  const { authorityIn, issueCertificate } = await import("./server/certificates.ts");
  return { certificate: await issueCertificate(directory, names), file: authorityIn(directory) };
}

function closer(server: ReturnType<typeof createServer> | ReturnType<typeof createSecureServer>): {
  stop(): Promise<void>;
} {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  return {
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function emulatedHub(hub: Hub, endpoint: string, stopped: AbortSignal): EmulatedHub {
  return {
    name: hub.name,
    url: `${endpoint}${hub.name}`,
    reset() {
      reset(hub);
    },
    deliveries() {
      return [...hub.deliveries.after(0)];
    },
    waitForDelivery(match, milliseconds = 5_000) {
      return waitForDelivery(hub.deliveries, match, milliseconds, stopped);
    },
    requests() {
      return [...hub.requests.after(0)];
    },
    setFaults(rules) {
      setFaults(hub, faultsIn(rules));
    },
    device(handle) {
      return {
        state: () => hub.devices.get(handle, undefined),
        set(state) {
          hub.devices.set(handle, deviceIn(state));
        },
        deliveries: () =>
          [...hub.deliveries.after(0)].filter((delivery) => isSameHandle(delivery.handle, handle)),
      };
    },
  };
}

export type { DeviceOutcome } from "./sending/outcomes.ts";
export type { AccessRule, Right } from "./server/sas.ts";
export type { ServiceVersion } from "./serviceVersion.ts";
export type { Delivery } from "./world/deliveries.ts";
export type { DeliveryMatch } from "./world/deliveryMatch.ts";
export type { ApnsEnvironment, Device } from "./world/devices.ts";
export type { FaultRule } from "./world/faults.ts";
export type { RequestRecord, SendRecord } from "./world/requests.ts";
