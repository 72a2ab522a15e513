import { parseArgs } from "node:util";
import { buildApp } from "../build/bundle.ts";
import { defaultSessionSeconds } from "./easyAuth/easyAuth.ts";
import { pasteable } from "./pasteable.ts";
import { ports } from "./ports.ts";
import { type StackAddresses, startStack } from "./stack.ts";
import { untilStopped } from "./untilStopped.ts";

const usage = `npm run local -- [options]

Starts the whole cloud on this machine: storage, the hub, the issuer and the functions.

  --port-base N  port of the functions; the other services use the next five; 0 selects free ports (${ports.functions})
  --data DIR     keeps the data of storage and the hub in DIR between runs
  --auth WAY     how users sign in: tokens of the issuer, or platform for App Service Authentication (tokens)
  --no-host      does not start the Functions host; start it with func start or npm run host
  --json         prints one line of JSON to stdout when all is ready, and everything else to stderr`;

const { values } = parseArgs({
  options: {
    "port-base": { type: "string", default: String(ports.functions) },
    data: { type: "string" },
    auth: { type: "string", default: "tokens" },
    host: { type: "boolean", default: true },
    json: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
  allowNegative: true,
});

async function run(): Promise<void> {
  const portBase = Number(values["port-base"]);
  if (!Number.isInteger(portBase) || portBase < 0 || portBase > 65_000) {
    throw new Error("--port-base must be a whole number from 0 to 65000.");
  }
  if (values.auth !== "tokens" && values.auth !== "platform") {
    throw new Error("--auth must be tokens or platform.");
  }
  const byPlatform = values.auth === "platform";
  // If a stop signal arrives during start-up, the stack finishes starting and then stops.
  const stopped = untilStopped();
  if (values.host) await buildApp();
  const stack = await startStack({
    appDirectory: import.meta.dirname.replace(/[/\\]local$/, ""),
    portBase,
    ...(values.data !== undefined && { dataDirectory: values.data }),
    host: values.host,
    ...(byPlatform && { easyAuth: { sessionSeconds: defaultSessionSeconds } }),
    env: process.env,
    log: (piece) => process.stderr.write(piece),
  });
  process.stdout.write(`${say(stack.addresses, byPlatform)}\n`);
  await stopped;
  await stack.stop();
}

function say(addresses: StackAddresses, byPlatform: boolean): string {
  return values.json ? JSON.stringify(addresses) : pasteable(addresses, byPlatform);
}

if (values.help) {
  process.stdout.write(`${usage}\n`);
} else {
  try {
    await run();
    process.exit(0);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
    process.exit(1);
  }
}
