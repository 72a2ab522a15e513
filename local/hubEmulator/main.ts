import { readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";
import { type ParseArgsOptionsConfig, parseArgs } from "node:util";
import {
  type ApnsEnvironment,
  type HubEmulator,
  type HubEmulatorOptions,
  type ServiceVersion,
  startHubEmulator,
} from "./emulator.ts";
import packageJson from "./package.json" with { type: "json" };
import type { AccessRule, Right } from "./server/sas.ts";
import { howToTrust } from "./server/trust.ts";
import { untilStopped } from "./untilStopped.ts";

const packageVersion = packageJson.version;
const command =
  process.env["npm_lifecycle_event"] === "hub" ? "npm run hub --" : "notification-hubs-emulator";

const usage = `${command} [options]

Starts a notification hub on this machine, for any client of Azure Notification Hubs.

  --port N                 the hub's port; 0 selects a free port (7072)
  --hub NAME               the hub's name (notify-users); repeatable
  --any-hub                creates any other hub when a client first uses it
  --data DIR               keeps registrations and installations in DIR between runs
  --https [CERT KEY]       serves https, with a certificate of its own authority, or with yours in PEM files
  --name NAME              a host name of that certificate, besides 127.0.0.1 and localhost; repeatable
  --certificates DIR       keeps the authority in DIR (.notification-hubs-emulator in the home directory)
  --http PORT              serves plain http on PORT beside https
  --host ADDRESS           the address to listen on (127.0.0.1); 0.0.0.0 in a container
  --allow-host NAME        a host name for _emulator, besides loopback addresses; repeatable
  --rule NAME:KEY:RIGHTS   adds an access rule; RIGHTS: Listen, Send, Manage, separated by commas; repeatable
  --apns sandbox           the hub has credentials for Apple's sandbox (production)
  --service 2022           answers as the service until 2022 did (current)
  --verbose                prints a line for each request`;

const options = {
  port: { type: "string", default: "7072" },
  hub: { type: "string", multiple: true, default: ["notify-users"] },
  "any-hub": { type: "boolean", default: false },
  data: { type: "string" },
  https: { type: "boolean", default: false },
  name: { type: "string", multiple: true, default: [] },
  certificates: { type: "string" },
  http: { type: "string" },
  host: { type: "string", default: "127.0.0.1" },
  "allow-host": { type: "string", multiple: true, default: [] },
  rule: { type: "string", multiple: true, default: [] },
  apns: { type: "string", default: "production" },
  service: { type: "string", default: "current" },
  verbose: { type: "boolean", default: false },
  help: { type: "boolean", short: "h", default: false },
  version: { type: "boolean", default: false },
} satisfies ParseArgsOptionsConfig;

/** npm keeps an option for itself if the -- before it is forgotten, and sets a variable for it. */
function refuseIfNpmKept(): void {
  if (process.env["npm_lifecycle_event"] !== "hub") return;
  const strays = process.argv.slice(2).filter((argument) => !argument.startsWith("-"));
  const kept = Object.entries(options).flatMap(([name, { type }]) => {
    const value = process.env[`npm_config_${name.replaceAll("-", "_")}`];
    if (!value) return [];
    // npm takes an option that it does not know for a switch, and leaves its value behind.
    const own = value === "true" && type === "string" ? strays.shift() : value;
    return [`--${name}${own === undefined || own === "true" ? "" : ` ${own}`}`];
  });
  if (kept.length === 0) return;
  throw new Error(
    `npm kept ${kept.join(" ")} for itself. Put -- before the options: npm run hub -- ${kept.join(" ")}`,
  );
}

function readArguments() {
  // The two files of --https are positional arguments.
  return parseArgs({ options, allowPositionals: true });
}

async function run(): Promise<void> {
  refuseIfNpmKept();
  const { values, positionals } = readArguments();
  if (values.help) {
    process.stdout.write(`${usage}\n`);
    return;
  }
  if (values.version) {
    process.stdout.write(`${packageVersion}\n`);
    return;
  }
  const stopped = untilStopped();
  const hub = await startHubEmulator(readOptions(values, positionals));
  process.stdout.write(greeting(hub, values.hub));
  // A pipe such as `| head -1` reads only the first lines.
  process.stdout.on("error", () => {});
  await stopped;
  await hub.stop();
}

function greeting(hub: HubEmulator, asked: readonly string[]): string {
  const names = [...new Set(asked.map((name) => hub.hub(name).name))];
  const lines = [
    ...names.map((name) => `The hub is at ${hub.hub(name).url}`),
    `Connection string: ${hub.connectionString}`,
    ...(hub.http ? [`Connection string for plain http: ${hub.http.connectionString}`] : []),
    ...names.map((name) => `Hub name: ${name}`),
    ...(hub.authorityFile === undefined ? [] : howToTrust(hub.authorityFile)),
  ];
  return `${lines.join("\n")}\n`;
}

function readOptions(
  values: ReturnType<typeof readArguments>["values"],
  positionals: readonly string[],
): HubEmulatorOptions {
  const https = readHttps(values, positionals);
  return {
    port: readPort("--port", values.port),
    host: values.host,
    hubs: values.hub,
    anyHub: values["any-hub"],
    accessRules: values.rule.map(readRule),
    allowedHosts: values["allow-host"],
    apnsEnvironment: readApnsEnvironment(values.apns),
    service: readService(values.service),
    ...(values.data !== undefined && { dataDirectory: values.data }),
    ...(https !== undefined && { https }),
    ...(values.http !== undefined && { httpPort: readPort("--http", values.http) }),
    ...(values.verbose && { log: (lines) => process.stdout.write(lines) }),
  };
}

function readPort(option: string, text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535) {
    throw new Error(`${option} must be a whole number from 0 to 65535.`);
  }
  return port;
}

function readHttps(
  values: ReturnType<typeof readArguments>["values"],
  [cert, key, ...rest]: readonly string[],
): HubEmulatorOptions["https"] {
  if (!values.https) {
    if (cert !== undefined) {
      throw new Error(
        `${cert} is not an option. --help lists the options, and npm needs -- before them: npm run hub -- --help`,
      );
    }
    for (const name of ["name", "certificates", "http"] as const) {
      if (values[name]?.length) throw new Error(`--${name} requires --https.`);
    }
    return undefined;
  }
  if (cert === undefined) {
    const { certificates: directory, name: names } = values;
    return { names, ...(directory !== undefined && { directory }) };
  }
  if (key === undefined || rest.length > 0) {
    throw new Error("--https requires no files or two: --https CERT KEY.");
  }
  for (const name of ["name", "certificates"] as const) {
    if (values[name]?.length) throw new Error(`--${name} is not for a certificate of your own.`);
  }
  const own = { cert: readFileSync(cert, "utf8"), key: readFileSync(key, "utf8") };
  try {
    createSecureContext(own);
  } catch (error) {
    const reason = error instanceof Error ? error.message : error;
    throw new Error(`${cert} and ${key} are not a certificate and its key in PEM files: ${reason}`);
  }
  return own;
}

function readRule(text: string): AccessRule {
  const [name, key, rights, ...rest] = text.split(":");
  const parsed = (rights ?? "").split(",");
  if (!name || !key || rest.length > 0 || !parsed.every(isRight)) {
    throw new Error("--rule must be NAME:KEY:RIGHTS, such as app:c2VjcmV0:Listen,Send.");
  }
  return { name, key, rights: parsed };
}

function isRight(text: string): text is Right {
  return text === "Listen" || text === "Send" || text === "Manage";
}

function readApnsEnvironment(text: string): ApnsEnvironment {
  if (text === "sandbox" || text === "production") return text;
  throw new Error("--apns must be sandbox or production.");
}

function readService(text: string): ServiceVersion {
  if (text === "current" || text === "2022") return text;
  throw new Error("--service must be current or 2022.");
}

try {
  await run();
  process.exit(0);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exit(1);
}
