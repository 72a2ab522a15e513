import type { Log, LogLevel } from "./coreModule.ts";

/** The levels from the least to the most severe. */
export const logLevels = [
  "trace",
  "debug",
  "information",
  "warning",
  "error",
  "critical",
  "none",
] as const satisfies readonly LogLevel[];

/** `logging.logLevel` of host.json: the least severe level that is kept, by category. */
export type LogLevels = Readonly<Record<string, LogLevel>>;

/**
 * Passes on what host.json keeps. A category counts for all that begin with it and a dot; the longest one that fits
 * decides, then `default`, then Information
 * (https://learn.microsoft.com/azure/azure-functions/configure-monitoring#configure-categories).
 */
export function withLevels(levels: LogLevels, log: Log): Log {
  return (level, category, message) => {
    const names = Object.keys(levels).filter(
      (name) => category === name || category.startsWith(`${name}.`),
    );
    const [longest = "default"] = names.toSorted((a, b) => b.length - a.length);
    const least = levels[longest] ?? "information";
    if (logLevels.indexOf(level) >= logLevels.indexOf(least)) log(level, category, message);
  };
}
