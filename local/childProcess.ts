import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";

/** How long a process gets to start, in milliseconds. */
const startDeadline = 30_000;

/** How long it gets to end by itself before it is killed, in milliseconds. */
const stopDeadline = 4_000;

export interface Child<Ready> {
  readonly ready: Ready;
  readonly pid: number | undefined;
  /** Resolves once the process has ended, also where it had ended before. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

export interface ChildOptions<Ready> {
  /** What it is, for the error where it does not start. */
  readonly name: string;
  /** A Node program. */
  readonly file: string;
  readonly args: readonly string[];
  readonly execArgv?: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Resolves when the process says that it is ready. */
  readonly whenReady: (child: ChildProcess, signal: AbortSignal) => Promise<Ready>;
  /** Takes what the process writes, in pieces. */
  readonly output: (piece: string) => void;
}

/**
 * Starts a Node program as a process of its own, and waits until it is ready. It is joined to this
 * process by a channel, so that it can see when this one is gone.
 *
 * @throws an Error with its last lines where it ends or is not ready within 30 s
 */
export async function startChild<Ready>(options: ChildOptions<Ready>): Promise<Child<Ready>> {
  const { name, file, args, execArgv = [], env, whenReady, output } = options;
  const child = fork(file, args, { execArgv: [...execArgv], env, silent: true });
  let tail = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (piece: string) => {
      tail = (tail + piece).slice(-4_000);
      output(piece);
    });
  }
  let stopping = false;
  const ended = new Promise<void>((resolve) => {
    child.once("close", () => {
      if (!stopping) output(`${name} has ended by itself.\n`);
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
      ended.then(() => Promise.reject(new Error("it ended"))),
    ]);
    return { ready, pid: child.pid, stop };
  } catch (cause) {
    await stop();
    throw new Error(`${name} did not start. Its last words:\n${tail.trim()}`, { cause });
  } finally {
    clearTimeout(late);
    waiting.abort();
  }
}

/** Resolves to the next message that a process sends. */
export async function nextMessage(child: ChildProcess, signal: AbortSignal): Promise<unknown> {
  const [message] = await once(child, "message", { signal });
  return message;
}
