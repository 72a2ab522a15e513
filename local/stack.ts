import { startAzurite } from "./azurite.ts";
import { startDeviceLab } from "./deviceLab/deviceLab.ts";
import type { EasyAuthOptions } from "./easyAuth/easyAuth.ts";
import { startHostProcess } from "./functionsHost/hostProcess.ts";
import { startHubEmulator } from "./hubEmulator/emulator.ts";
import { audience, startIssuer } from "./issuer/issuer.ts";
import { portsFrom } from "./ports.ts";
import type { StackAddresses } from "./stackAddresses.ts";

export interface StackOptions {
  /** The folder of the built app. */
  readonly appDirectory: string;
  /**
   * The port of the functions; the others follow in the order of `ports.ts`. 0 takes free ones.
   */
  readonly portBase: number;
  /** The directory for the data of storage and the hub between runs. Without it, the data is in memory. */
  readonly dataDirectory?: string;
  /** The connection string of existing storage. Without it, the stack starts Azurite. */
  readonly storage?: string;
  /** Whether to start the Functions host. */
  readonly host: boolean;
  /** As of `FunctionsHostOptions`. */
  readonly allowedHosts?: readonly string[];
  /** Whether to start the Device Lab, which needs the Functions host. */
  readonly deviceLab?: boolean;
  /** Enables App Service Authentication for the host. */
  readonly easyAuth?: Omit<EasyAuthOptions, "issuer">;
  /** The app's environment. It overrides the stack's settings. */
  readonly env: NodeJS.ProcessEnv;
  /** Receives the output of the services in chunks. */
  readonly log: (piece: string) => void;
  /** Receives the part that starts now, such as `storage`. */
  readonly starting?: (part: string) => void;
}

export interface Stack {
  readonly addresses: StackAddresses;
  /** Starts the Functions host again, on its port, with the newest build of the app. */
  restartFunctions(): Promise<void>;
  /** Stops all parts in reverse order. If one fails to stop, the others still stop. */
  stop(): Promise<void>;
}

/**
 * Starts the whole cloud: the hub, the issuer and storage, then the Functions host, which needs their
 * addresses. Each part starts when the previous part is ready.
 *
 * @throws if a part does not start; the parts that had started are stopped
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { appDirectory, portBase, dataDirectory, host, easyAuth, env, log } = options;
  const { starting = () => {} } = options;
  const ports = portsFrom(portBase);
  const running: { stop(): Promise<void> }[] = [];
  const started = <Part extends { stop(): Promise<void> }>(part: Part): Part => {
    running.push(part);
    return part;
  };
  const stop = async () => {
    for (const part of running.splice(0).reverse()) {
      await part.stop().catch((error: unknown) => log(`A part did not stop: ${error}\n`));
    }
  };

  try {
    const data = dataDirectory === undefined ? {} : { dataDirectory };
    const lab = options.deviceLab ? started(await startDeviceLab(ports.deviceLab)) : undefined;
    const corsOrigins = lab === undefined ? [] : [lab.url];
    starting("the hub");
    const hub = started(await startHubEmulator({ port: ports.hub, corsOrigins, ...data }));
    starting("the issuer");
    const issuer = started(await startIssuer(ports.issuer, corsOrigins));
    starting("storage");
    const storage =
      options.storage ?? started(await startAzurite({ ports, ...data, log })).connectionString;
    const services = {
      issuer: issuer.url,
      hub: { connectionString: hub.connectionString, name: hub.name, url: hub.url },
      storage,
    };
    const externalRedirects = [
      ...(easyAuth?.externalRedirects ?? []),
      ...corsOrigins.map((origin) => `${origin}/signed-in`),
    ];
    const startHost = (port: number) =>
      startHostProcess({
        appDirectory,
        port,
        env: { ...settingsFor(services), ...env },
        corsOrigins,
        allowedHosts: options.allowedHosts ?? [],
        ...(lab && { deviceLab: lab.url }),
        ...(easyAuth && { easyAuth: { ...easyAuth, externalRedirects, issuer: issuer.url } }),
        log,
      });
    if (!host) return { addresses: services, stop, restartFunctions: async () => {} };
    starting("the functions");
    let functions = await startHost(ports.functions);
    started({ stop: () => functions.stop() });
    const { url } = functions.ready;
    lab?.open({ functions: url, ...services }, easyAuth !== undefined);
    return {
      addresses: { functions: url, ...services, ...(lab && { deviceLab: lab.url }) },
      stop,
      async restartFunctions() {
        await functions.stop();
        functions = await startHost(Number(new URL(url).port));
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Returns the settings that connect an app to a stack's services. */
export function settingsFor({ issuer, hub, storage }: StackAddresses): Record<string, string> {
  return {
    AzureWebJobsStorage: storage,
    NotificationHub__connectionString: hub.connectionString,
    NotificationHub__name: hub.name,
    Auth__local__issuer: issuer,
    Auth__local__audience: audience,
    // Those of the tutorial on breaking news.
    Push__topics: "world,politics,sports",
    // As in Azure: see infra/main.bicep.
    FUNCTIONS_REQUEST_BODY_SIZE_LIMIT: "1048576",
  };
}
