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
 * Passes on what host.json keeps. A name counts for every category that begins with it, in any case; the longest one
 * that fits decides, then `default`, then Information (`LoggerRuleSelector` of .NET).
 */
export function withLevels(levels: LogLevels, log: Log): Log {
  return (level, category, message) => {
    const names = Object.keys(levels).filter((name) =>
      category.toLowerCase().startsWith(name.toLowerCase()),
    );
    const [longest = "default"] = names.toSorted((a, b) => b.length - a.length);
    const least = levels[longest] ?? "information";
    if (logLevels.indexOf(level) >= logLevels.indexOf(least)) log(level, category, message);
  };
}
