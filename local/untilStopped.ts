/** How often a program that npm started looks whether npm's shell is still there, in milliseconds. */
const lookInterval = 200;

/**
 * Resolves when this program is asked to stop: by SIGINT or SIGTERM, because the process that forked it
 * is gone, or because the shell that npm runs it in is. That shell gets npm's SIGTERM and does not pass
 * it on.
 */
export function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    for (const event of ["SIGINT", "SIGTERM", "disconnect"]) process.on(event, () => resolve());
    if (process.env["npm_lifecycle_event"] === undefined || process.send) return;
    const shell = process.ppid;
    setInterval(() => process.ppid !== shell && resolve(), lookInterval).unref();
  });
}
