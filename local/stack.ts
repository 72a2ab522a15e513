import { startAzurite } from "./azurite.ts";
import { startHostProcess } from "./functionsHost/hostProcess.ts";
import { startHubEmulator } from "./hubEmulator/emulator.ts";
import { audience, startIssuer } from "./issuer/issuer.ts";
import { portsFrom } from "./ports.ts";

export interface StackOptions {
  /** The folder of the built app. */
  readonly appDirectory: string;
  /**
   * The port of the functions; the others follow in the order of `ports.ts`. 0 takes free ones.
   */
  readonly portBase: number;
  /** Where storage and the hub keep their data between runs; without it, in memory. */
  readonly dataDirectory?: string;
  /** The connection string of storage that is there already; without it, one is started. */
  readonly storage?: string;
  /** Whether the Functions host is started too. */
  readonly host: boolean;
  /** Whether App Service Authentication stands in front of it, and how long a session is good, in seconds. */
  readonly easyAuth?: { readonly sessionSeconds: number };
  /** What the app's environment adds to the stack's settings; it wins over them. */
  readonly env: NodeJS.ProcessEnv;
  /** Takes what the services write, in pieces. */
  readonly log: (piece: string) => void;
}

/** Where everything is. This is what `npm run local -- --json` prints. */
export interface StackAddresses {
  /** Absent where the Functions host was not started. */
  readonly functions?: string;
  readonly issuer: string;
  readonly hub: { readonly connectionString: string; readonly name: string; readonly url: string };
  /** A connection string. */
  readonly storage: string;
}

export interface Stack {
  readonly addresses: StackAddresses;
  /** Stops everything, the last started first; what fails to stop does not keep the rest running. */
  stop(): Promise<void>;
}

/**
 * Starts the whole cloud in order, each part once the one before it answers: storage, the hub and the
 * issuer, then the Functions host, which has to know where they are.
 *
 * @throws where a part does not start; those that had started are stopped
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { appDirectory, portBase, dataDirectory, host, easyAuth, env, log } = options;
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
    const hub = started(await startHubEmulator({ port: ports.hub, ...data }));
    const issuer = started(await startIssuer(ports.issuer));
    const storage =
      options.storage ?? started(await startAzurite({ ports, ...data, log })).connectionString;
    const services = {
      issuer: issuer.url,
      hub: { connectionString: hub.connectionString, name: hub.name, url: hub.url },
      storage,
    };
    const functions = host
      ? started(
          await startHostProcess({
            appDirectory,
            port: ports.functions,
            env: { ...settingsFor(services), ...env },
            ...(easyAuth && { easyAuth: { ...easyAuth, issuer: issuer.url } }),
            log,
          }),
        ).ready.url
      : undefined;
    return {
      addresses: { ...(functions !== undefined && { functions }), ...services },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The settings of an app that works with a stack's services. */
export function settingsFor({ issuer, hub, storage }: StackAddresses): Record<string, string> {
  return {
    AzureWebJobsStorage: storage,
    NotificationHub__connectionString: hub.connectionString,
    NotificationHub__name: hub.name,
    Auth__local__issuer: issuer,
    Auth__local__audience: audience,
  };
}
