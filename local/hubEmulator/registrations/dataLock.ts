import { createHash } from "node:crypto";
import { mkdirSync, realpathSync, rmSync } from "node:fs";
import { connect, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The longest address of a socket on every system, in bytes. */
const longestSocket = 100;

/** Holds a data directory for this process. */
export interface DataLock {
  release(): Promise<void>;
}

/**
 * Locks a data directory, which two processes must not write to. The lock is a socket that this process listens on, so
 * it ends with the process, however that ends.
 *
 * @throws an Error that names the directory, if another process holds it
 */
export async function lockData(directory: string): Promise<DataLock> {
  try {
    mkdirSync(directory, { recursive: true });
  } catch (error) {
    const reason = error instanceof Error ? error.message : error;
    throw new Error(`The data can't be kept in ${JSON.stringify(directory)}: ${reason}`);
  }
  const real = realpathSync(directory);
  const name = `notify-users-${createHash("sha256").update(real).digest("hex").slice(0, 16)}`;
  const own = join(real, ".lock");
  const path =
    process.platform === "win32"
      ? `\\\\.\\pipe\\${name}`
      : // The address of a socket is short. Elsewhere, processes with other folders for temporary files do not meet.
        Buffer.byteLength(own) <= longestSocket
        ? own
        : join(tmpdir(), `${name}.sock`);
  let server = await listenOn(path);
  if (server === undefined && !(await answers(path))) {
    // The file is left from a process that was killed.
    rmSync(path, { force: true });
    server = await listenOn(path);
  }
  if (server === undefined) {
    throw new Error(
      `Another process uses the data in ${directory}. Stop it, or choose another directory with --data.`,
    );
  }
  const held = server.unref();
  return { release: () => new Promise((resolve) => held.close(() => resolve())) };
}

function listenOn(path: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE") resolve(undefined);
      else reject(error);
    });
    server.listen(path, () => resolve(server));
  });
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
