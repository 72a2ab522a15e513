import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import * as v from "valibot";
import { startAzurite } from "../../local/azurite.ts";
import { startHostProcess } from "../../local/functionsHost/hostProcess.ts";
import { startIssuer } from "../../local/issuer/issuer.ts";
import { settingsFor } from "../../local/stack.ts";
import type { StackAddresses } from "../../local/stackAddresses.ts";
import { noLimits } from "../support/noLimits.ts";
import { queueLength } from "../support/queues.ts";

export const root = join(import.meta.dirname, "../..");

/** A server in a process of its own. */
export interface Server {
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

const ready = v.object({ url: v.string() });

/** Starts a program that reports its address with `process.send({ url })`. */
export async function startProgram(
  file: string,
  args: readonly string[] = [],
  env: NodeJS.ProcessEnv = process.env,
): Promise<Server> {
  const child = fork(join(import.meta.dirname, file), args, {
    env,
    // Its log would cost more than what is measured.
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const [message] = await once(child, "message");
  return { url: v.parse(ready, message).url, pid: child.pid ?? 0, stop: () => end(child) };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "close");
  child.kill("SIGTERM");
  await ended;
}

export interface Cloud {
  readonly addresses: StackAddresses;
  /** The app settings that connect an app to this cloud. */
  readonly settings: Readonly<Record<string, string>>;
  /** Waits until nothing waits on the queue: all that was announced is sent. */
  settled(): Promise<void>;
  /** Returns the most sends that were under way at once since the last call. */
  mostSends(): Promise<number>;
  stop(): Promise<void>;
}

/** Starts storage, the hub and an issuer. Storage and the hub have processes of their own. */
export async function startCloud(): Promise<Cloud> {
  const issuer = await startIssuer(0);
  const azurite = await startAzurite({ ports: { blob: 0, queue: 0, table: 0 }, log: () => {} });
  const hub = await startHub();
  const addresses = {
    issuer: issuer.url,
    hub: { connectionString: hub.connectionString, name: "notify-users", url: hub.url },
    storage: azurite.connectionString,
  };
  return {
    addresses,
    settings: { ...settingsFor(addresses), ...noLimits },
    async settled() {
      while ((await queueLength({ addresses }, "notifications")) > 0) await delay(5);
    },
    mostSends: hub.mostSends,
    async stop() {
      await Promise.all([hub.stop(), azurite.stop(), issuer.stop()]);
    },
  };
}

/** Starts the hub emulator in a process of its own. */
export async function startHub(): Promise<{
  connectionString: string;
  url: string;
  mostSends(): Promise<number>;
  stop(): Promise<void>;
}> {
  const file = fileURLToPath(new URL("../../local/hubEmulator/main.ts", import.meta.url));
  const counter = new URL("./countSends.ts", import.meta.url).href;
  const child = fork(file, ["--port", "0"], { silent: true, execArgv: ["--import", counter] });
  let said = "";
  child.stdout?.setEncoding("utf8");
  for await (const piece of child.stdout ?? []) {
    said += piece;
    const [, url, connectionString] = /at (\S+)\nConnection string: (.+)\n/.exec(said) ?? [];
    if (url !== undefined && connectionString !== undefined) {
      child.stdout?.resume();
      const mostSends = async () => {
        child.send("most sends");
        const [most] = await once(child, "message");
        return v.parse(v.number(), most);
      };
      return { url, connectionString, mostSends, stop: () => end(child) };
    }
  }
  throw new Error("The hub did not start.");
}

/** Starts the Functions host with the built app. */
export async function startApp(cloud: Cloud, env: NodeJS.ProcessEnv = {}): Promise<Server> {
  const host = await startHostProcess({
    appDirectory: root,
    port: 0,
    env: { ...process.env, ...cloud.settings, ...env },
    log: () => {},
  });
  return { url: host.ready.url, pid: host.pid ?? 0, stop: () => host.stop() };
}

/** Returns the processor time that a process has used, in milliseconds; NaN on systems other than Linux. */
export function cpuTime(pid: number): number {
  if (process.platform !== "linux") return Number.NaN;
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  // utime and stime, in ticks of 10 ms (proc_pid_stat(5)).
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** Returns the resident memory of a process, in bytes; NaN on systems other than Linux. */
export function residentMemory(pid: number): number {
  if (process.platform !== "linux") return Number.NaN;
  const [, kilobytes] =
    /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kilobytes) * 1024;
}
