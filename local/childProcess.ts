import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";

/** The time limit for a process to start, in milliseconds. */
const startDeadline = 30_000;

/**
 * The time limit for a process to stop, in milliseconds. After it, the process is killed. The Functions host takes up to 8 s:
 * 3 for running calls, and 5 for what the app does behind its answers.
 */
const stopDeadline = 10_000;

export interface Child<Ready> {
  readonly ready: Ready;
  readonly pid: number | undefined;
  /** Stops the process. Resolves when the process has ended, at once if it already had. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

export interface ChildOptions<Ready> {
  /** The program's name in errors and output. */
  readonly name: string;
  /** The path of the Node program. */
  readonly file: string;
  readonly args: readonly string[];
  /** The Node that runs it, if it is another one than that of this process. */
  readonly execPath?: string | undefined;
  readonly execArgv?: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Resolves when the process says that it is ready. */
  readonly whenReady: (child: ChildProcess, signal: AbortSignal) => Promise<Ready>;
  /** Receives the process's output in chunks. */
  readonly output: (piece: string) => void;
}

/**
 * Starts a Node program in its own process and waits until it is ready. A channel connects the program to
 * this process, so that it can detect when this process exits.
 *
 * @throws an Error with the end of the program's output if it ends or is not ready within 30 s
 */
export async function startChild<Ready>(options: ChildOptions<Ready>): Promise<Child<Ready>> {
  const { name, file, args, execPath, execArgv = [], env, whenReady, output } = options;
  const child = fork(file, args, {
    execArgv: [...execArgv],
    env,
    silent: true,
    ...(execPath !== undefined && { execPath }),
  });
  let tail = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (piece: string) => {
      tail = (tail + piece).slice(-4_000);
      output(piece);
    });
  }
  let stopping = false;
  // A terminal sends Ctrl-C to this process and its children alike.
  const interrupted = (): void => {
    stopping = true;
  };
  process.on("SIGINT", interrupted);
  const ended = new Promise<void>((resolve) => {
    child.once("close", () => {
      process.off("SIGINT", interrupted);
      if (!stopping) output(`${name} ended unexpectedly.\n`);
      resolve();
    });
  });

  async function stop(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    stopping = true;
    child.kill(signal);
    const killer = setTimeout(() => child.kill("SIGKILL"), stopDeadline);
    await ended;
    clearTimeout(killer);
  }

  const waiting = new AbortController();
  const late = setTimeout(() => waiting.abort(), startDeadline);
  try {
    const ready = await Promise.race([
      whenReady(child, waiting.signal),
      ended.then(() =>
        Promise.reject(new Error(`It ended (${child.signalCode ?? child.exitCode}).`)),
      ),
    ]);
    return { ready, pid: child.pid, stop };
  } catch (cause) {
    const why = waiting.signal.aborted
      ? `It was not ready within ${startDeadline / 1_000} s.`
      : cause instanceof Error && cause.message;
    await stop();
    const printed = tail.trim() === "" ? "It printed nothing." : `Its last output:\n${tail.trim()}`;
    throw new Error(`${name} did not start. ${why || "It failed."} ${printed}`, { cause });
  } finally {
    clearTimeout(late);
    waiting.abort();
  }
}

/** Returns the next message from a process. */
export async function nextMessage(child: ChildProcess, signal: AbortSignal): Promise<unknown> {
  const [message] = await once(child, "message", { signal });
  return message;
}
