import type { Log, LogLevel } from "./coreModule.ts";

/** The category of what an app writes to its console. */
const category = "Host.Function.Console";

/**
 * Turns what the app writes to the standard streams of this process into log entries, one for each line, as the host
 * does with the output of its worker. `log` itself must write with a function that it has bound before.
 */
export function captureAppConsole(log: Log): void {
  for (const name of ["stdout", "stderr"] as const) {
    let rest = "";
    const capture = (piece: string | Uint8Array): boolean => {
      const lines = (rest + Buffer.from(piece).toString()).split(/\r?\n/);
      rest = lines.pop() ?? "";
      for (const line of lines) log(levelOf(name, line), category, line);
      return true;
    };
    process[name].write = capture;
  }
  // Node writes warnings past the stream.
  process.removeAllListeners("warning");
  process.on("warning", ({ name, message }) => {
    const line = `(node:${process.pid}) ${name}: ${message}`;
    log(levelOf("stderr", line), category, line);
  });
}

/** The host tells the level of a line of stderr by its words (`WorkerProcess` in its sources). */
function levelOf(stream: "stdout" | "stderr", line: string): LogLevel {
  if (stream === "stdout") return "information";
  if (/warn/i.test(line)) return "warning";
  return /error|fail|severe|unhandled exception/i.test(line) ? "error" : "information";
}
