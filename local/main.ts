import { watch } from "node:fs";
import { join } from "node:path";
import { buildApp } from "../build/bundle.ts";
import { readOptions, refuse } from "../cli/options.ts";
import { isHub, noteStack, pageAt } from "../cli/runningStack.ts";
import { banner } from "./banner.ts";
import { defaultSessionSeconds } from "./easyAuth/easyAuth.ts";
import { untilStopped } from "./hubEmulator/untilStopped.ts";
import { ports, portsFrom } from "./ports.ts";
import { type Stack, settingsFor, startStack } from "./stack.ts";
import type { StackAddresses } from "./stackAddresses.ts";

const usage = `npm run local -- [options]

Starts the whole cloud on this machine: storage, the hub, the issuer and the functions.

  --port-base N  port of the functions; the other services use the next six; 0 selects free ports (${ports.functions})
  --data DIR     keeps the data of storage and the hub in DIR between runs
  --auth WAY     how users sign in: tokens of the issuer, or platform for App Service Authentication (tokens)
  --external-redirect URL  with --auth platform, where else a sign-in may end: myapp://easyauth.callback; repeatable
  --no-host      does not start the Functions host; start it with npm run host or npm start
  --allow-host NAME  another name of this machine under which the functions answer; repeatable
  --watch        builds the app and starts it again after each change in src/
  --verbose      prints everything that the parts log; without it, only warnings and errors
  --json         prints one line of JSON to stdout when all is ready, and everything else to stderr; type
                 npm run -s local -- --json, because npm prints a header without -s`;

const values = readOptions(usage, {
  "port-base": { type: "string", default: String(ports.functions) },
  "external-redirect": { type: "string", multiple: true, default: [] },
  data: { type: "string" },
  auth: { type: "string", default: "tokens" },
  host: { type: "boolean", default: true },
  "allow-host": { type: "string", multiple: true, default: [] },
  watch: { type: "boolean", default: false },
  verbose: { type: "boolean", default: false },
  json: { type: "boolean", default: false },
});

const root = join(import.meta.dirname, "..");

async function run(): Promise<void> {
  const portBase = Number(values["port-base"]);
  if (!Number.isInteger(portBase) || portBase < 0 || portBase > 65_529) {
    refuse("--port-base must be a whole number from 0 to 65529.", usage);
  }
  if (values.auth !== "tokens" && values.auth !== "platform") {
    refuse("--auth must be tokens or platform.", usage);
  }
  const byPlatform = values.auth === "platform";
  if (values.watch && !values.host)
    refuse("--watch requires the functions: leave out --no-host.", usage);
  if (!byPlatform && values["external-redirect"].length > 0) {
    refuse("--external-redirect requires --auth platform.", usage);
  }
  await refuseIfOneRuns(portBase);
  // If a stop signal arrives during start-up, the stack finishes starting and then stops.
  const stopped = untilStopped();
  if (values.host) {
    show("Building the app");
    await buildApp();
  }
  const stack = await startStack({
    appDirectory: root,
    portBase,
    ...(values.data !== undefined && { dataDirectory: values.data }),
    host: values.host,
    allowedHosts: values["allow-host"],
    deviceLab: values.host,
    ...(byPlatform && {
      easyAuth: {
        sessionSeconds: defaultSessionSeconds,
        externalRedirects: values["external-redirect"],
      },
    }),
    env: process.env,
    log: values.verbose ? (piece) => process.stderr.write(piece) : logWarnings,
    starting: (part) => show(`Starting ${part}`),
  });
  show("");
  const { addresses } = stack;
  const forgetStack = await noteStack(process.cwd(), noteOf(addresses));
  const ready = values.json
    ? JSON.stringify(addresses)
    : banner(addresses, byPlatform, process.env, portBase);
  process.stdout.write(`${ready}\n`);
  if (values.watch) rebuildOnChange(stack);
  await stopped;
  await forgetStack();
  await stack.stop();
}

/** Returns what other programs have to know of a stack. What its environment overrides is named only. */
function noteOf(addresses: StackAddresses) {
  const settings = settingsFor(addresses);
  const address = addresses.functions ?? addresses.hub.url;
  const overridden = Object.keys(settings).filter((name) => process.env[name] !== undefined);
  const { functions, hub } = addresses;
  return { address, functions, hubUrl: hub.url, settings, overridden };
}

/** Ends the process if a stack has these ports, of this folder or of another one. */
async function refuseIfOneRuns(portBase: number): Promise<void> {
  if (portBase === 0) return;
  const { functions, hub } = portsFrom(portBase);
  if (!(await isHub(`http://127.0.0.1:${hub}`))) return;
  const url = `http://127.0.0.1:${functions}`;
  const address = (await pageAt(url)) ? url : `http://127.0.0.1:${hub}`;
  throw new Error(
    `A stack runs already: ${address}. Ctrl-C in its terminal stops it. ` +
      "To start another one beside it, type: npm run local -- --port-base 0",
  );
}

/** Shows what the start waits for, in one line on a terminal. */
function show(step: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${step && `${step} …`}`);
}

let unfinished = "";
/** Prints the lines that report a problem. */
function logWarnings(piece: string): void {
  const lines = (unfinished + piece).split("\n");
  unfinished = lines.pop() ?? "";
  for (const line of lines) {
    if (/ (warning|error|critical) |ended unexpectedly|did not stop/.test(line)) {
      process.stderr.write(`${line}\n`);
    }
  }
}

/** Builds the app and starts the functions again after each change. A build that fails changes nothing. */
function rebuildOnChange(stack: Stack): void {
  let waiting: NodeJS.Timeout | undefined;
  let working = Promise.resolve();
  async function rebuild(): Promise<void> {
    const began = performance.now();
    try {
      await buildApp();
      await stack.restartFunctions();
      process.stderr.write(
        `The app runs again, after ${Math.round(performance.now() - began)} ms.\n`,
      );
    } catch (error) {
      process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
    }
  }
  watch(join(root, "src"), { recursive: true }, () => {
    clearTimeout(waiting);
    // An editor writes a file in several steps.
    waiting = setTimeout(() => {
      working = working.then(rebuild);
    }, 50);
  });
  process.stderr.write("Watching src/ for changes.\n");
}

try {
  await run();
  process.exit(0);
} catch (error) {
  show("");
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exit(1);
}
