import { fileURLToPath } from "node:url";
import * as v from "valibot";
import { type Child, nextMessage, startChild } from "../childProcess.ts";
import type { EasyAuthOptions } from "../easyAuth/easyAuth.ts";
import { defaultHold } from "./hostJson.ts";

const readyMessage = v.object({ url: v.string() });

export interface HostProcessOptions {
  readonly appDirectory: string;
  /** 0 picks a free port. */
  readonly port: number;
  /**
   * The complete environment of the process, including the app settings. `HOST_NODE` names the Node that runs it, if it is
   * to be another one than that of this process.
   */
  readonly env: NodeJS.ProcessEnv;
  /** How long a function holds a queue message, in seconds. */
  readonly queueHold?: number;
  /** If present, App Service Authentication is on. */
  readonly easyAuth?: EasyAuthOptions;
  /** As of `FunctionsHostOptions`. */
  readonly corsOrigins?: readonly string[];
  readonly deviceLab?: string;
  readonly key?: string;
  readonly allowedHosts?: readonly string[];
  readonly stayUp?: boolean;
  readonly localSettings?: boolean;
  readonly log: (piece: string) => void;
}

/** Runs a built app in a separate process, with settings from its environment, and on demand from local.settings.json. */
export function startHostProcess(options: HostProcessOptions): Promise<Child<{ url: string }>> {
  const { appDirectory, port, env, queueHold = defaultHold, easyAuth, log } = options;
  const {
    corsOrigins = [],
    allowedHosts = [],
    deviceLab,
    key,
    stayUp = false,
    localSettings = false,
  } = options;
  return startChild({
    name: "The Functions host",
    file: fileURLToPath(import.meta.resolve("./main.ts")),
    args: [
      "--port",
      String(port),
      "--app",
      appDirectory,
      "--queue-hold",
      String(queueHold),
      ...(easyAuth
        ? [
            "--easy-auth",
            "--issuer",
            easyAuth.issuer,
            "--session-seconds",
            String(easyAuth.sessionSeconds),
            ...(easyAuth.externalRedirects ?? []).flatMap((url) => ["--external-redirect", url]),
          ]
        : []),
      ...corsOrigins.flatMap((origin) => ["--cors", origin]),
      ...allowedHosts.flatMap((name) => ["--allow-host", name]),
      ...(deviceLab === undefined ? [] : ["--device-lab", deviceLab]),
      ...(localSettings ? [] : ["--no-local-settings"]),
      ...(stayUp ? ["--stay-up"] : []),
      ...(key === undefined ? [] : ["--keys", key]),
    ],
    execPath: env["HOST_NODE"],
    execArgv: ["--enable-source-maps"],
    env,
    whenReady: async (child, signal) => v.parse(readyMessage, await nextMessage(child, signal)),
    output: log,
  });
}
