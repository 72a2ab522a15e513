import { type ParseArgsOptionsConfig, parseArgs } from "node:util";

/** What `parseArgs` returns for these options. */
type Values<Options extends ParseArgsOptionsConfig> = ReturnType<
  typeof parseArgs<{ options: Options; allowNegative: true }>
>["values"];

/**
 * Reads the options of a program. If they are wrong, or `--help` asks for it, prints the usage and ends the process.
 *
 * @param usage what the program does; its first line begins with `npm run NAME`
 * @param options without `help`
 * @param code the exit code if they are wrong
 */
export function readOptions<const Options extends ParseArgsOptionsConfig>(
  usage: string,
  options: Options,
  code = 1,
): Values<Options> {
  refuseIfNpmKept(usage, options, code);
  try {
    const { values } = parseArgs({
      options: { ...options, help: { type: "boolean", short: "h" } },
      allowNegative: true,
    });
    if ("help" in values && values.help === true) {
      process.stdout.write(`${usage}\n`);
      process.exit(0);
    }
    return parseArgs({ options, allowNegative: true }).values;
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error), usage, code);
  }
}

/**
 * Ends the process if npm kept an option for itself. npm does that if the `--` before it is forgotten, as in
 * `npm run redrive --yes`, and sets an environment variable, by which this function notices.
 */
export function refuseIfNpmKept(usage: string, options: ParseArgsOptionsConfig, code = 1): void {
  const command = /^npm run (?:-s )?([\w:-]+)/.exec(usage)?.[0] ?? "npm run";
  // npm takes an option that it does not know for a switch, and leaves its value behind.
  const strays = process.argv.slice(2).filter((argument) => !argument.startsWith("-"));
  const kept = Object.entries(options).flatMap(([name, option]) => {
    const value = process.env[`npm_config_${name.replaceAll("-", "_")}`];
    // npm also sets variables for options of its own without a value, to an empty text.
    if (value === "" && option.default === true) return [`--no-${name}`];
    if (value === undefined || value === "") return [];
    const own = value === "true" && option.type === "string" ? (strays.shift() ?? "…") : value;
    return [own === "true" ? `--${name}` : `--${name} ${own}`];
  });
  if (kept.length === 0) return;
  const typed = kept.join(" ");
  refuse(
    `npm kept ${typed} for itself. Put -- before the options: ${command} -- ${typed}`,
    usage,
    code,
  );
}

/** Says in one line what is wrong with the options, prints the usage, and ends the process. */
export function refuse(reason: string, usage: string, code = 1): never {
  process.stderr.write(`${reason}\n\n${usage}\n`);
  process.exit(code);
}
