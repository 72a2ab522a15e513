import { createHash } from "node:crypto";
import { mkdirSync, realpathSync, rmSync } from "node:fs";
import { connect, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

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
  mkdirSync(directory, { recursive: true });
  const name = `notify-users-${createHash("sha256").update(realpathSync(directory)).digest("hex").slice(0, 16)}`;
  const path =
    process.platform === "win32" ? `\\\\.\\pipe\\${name}` : join(tmpdir(), `${name}.sock`);
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
