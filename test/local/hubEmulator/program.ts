import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterAll } from "vitest";
import { until } from "../../support/until.ts";
import type { HubAddress } from "./hubClient.ts";

/** The emulator as a separate process. */
export interface HubProgram extends HubAddress {
  readonly url: string;
  /** Its output so far, from stdout and stderr. */
  output(): string;
  /** Sends a signal, waits for the exit, and returns the exit code, or null if the signal ended it. */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

const children = new Set<ChildProcess>();

// Kills the processes that a failed test left running.
afterAll(() => {
  for (const child of children) child.kill("SIGKILL");
});

function run(args: readonly string[]): { readonly child: ChildProcess; output(): string } {
  const main = fileURLToPath(new URL("../../../local/hubEmulator/main.ts", import.meta.url));
  const child = spawn(process.execPath, [main, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  children.add(child);
  child.on("exit", () => children.delete(child));
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (piece: string) => {
      output += piece;
    });
  }
  return { child, output: () => output };
}

/** Starts the emulator with these arguments and waits until it prints its address. */
export async function startProgram(...args: readonly string[]): Promise<HubProgram> {
  const { child, output } = run(["--port", "0", ...args]);
  const said = /^The hub is at (.+)\nConnection string: (.+)\nHub name: (.+)\n/;
  await until("the emulator to start", () => {
    if (child.exitCode !== null) throw new Error(`The emulator ended: ${output()}`);
    return said.test(output());
  });
  const [, url = "", connectionString = "", name = ""] = said.exec(output()) ?? [];
  return {
    url,
    connectionString,
    name,
    output,
    async end(signal) {
      const exit = once(child, "exit");
      child.kill(signal);
      await exit;
      return child.exitCode;
    },
  };
}

/** Runs the emulator until it exits. */
export async function runProgram(
  ...args: readonly string[]
): Promise<{ readonly code: number | null; readonly output: string }> {
  const { child, output } = run(args);
  await once(child, "close");
  return { code: child.exitCode, output: output() };
}
