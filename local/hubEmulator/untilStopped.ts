/** How often a program that npm started checks whether npm's shell is still running, in milliseconds. */
const lookInterval = 200;

/**
 * Resolves when this program must stop: on SIGINT or SIGTERM, or when the process that forked it or the
 * shell that npm runs it in exits. npm sends SIGTERM to that shell, and the shell does not forward it.
 */
export function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    for (const event of ["SIGINT", "SIGTERM", "disconnect"]) process.on(event, () => resolve());
    if (process.env["npm_lifecycle_event"] === undefined || process.send) return;
    const shell = process.ppid;
    setInterval(() => process.ppid !== shell && resolve(), lookInterval).unref();
  });
}
