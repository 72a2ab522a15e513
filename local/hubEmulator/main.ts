import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import type { ApnsEnvironment } from "./devices.ts";
import { startHubEmulator } from "./emulator.ts";
import type { AccessRule, Right } from "./sas.ts";
import { untilStopped } from "./untilStopped.ts";

const usage = `npm run hub -- [options]

Starts a notification hub on 127.0.0.1, for any client of Azure Notification Hubs.

  --port N                 the hub's port; 0 selects a free port (7072)
  --hub NAME               the hub's name (notify-users)
  --data DIR               keeps registrations and installations in DIR between runs
  --https CERT KEY         serves https, with a certificate and its key in PEM files
  --rule NAME:KEY:RIGHTS   adds an access rule; RIGHTS: Listen, Send, Manage, separated by commas; repeatable
  --apns sandbox           the hub has credentials for Apple's sandbox (production)`;

function readArguments() {
  return parseArgs({
    options: {
      port: { type: "string", default: "7072" },
      hub: { type: "string", default: "notify-users" },
      data: { type: "string" },
      https: { type: "string" },
      rule: { type: "string", multiple: true, default: [] },
      apns: { type: "string", default: "production" },
      help: { type: "boolean", default: false },
    },
    // The second file of --https is a positional argument.
    allowPositionals: true,
  });
}

/** npm keeps an option for itself if the -- before it is forgotten, and sets a variable for it. */
function refuseIfNpmKept(): void {
  for (const name of ["port", "hub", "data", "https", "rule", "apns"]) {
    const kept = process.env[`npm_config_${name}`];
    if (kept) {
      throw new Error(
        `npm kept --${name} for itself. Put -- before the options: npm run hub -- --${name} ${kept === "true" ? "…" : kept}`,
      );
    }
  }
}

async function run(): Promise<void> {
  refuseIfNpmKept();
  const { values, positionals } = readArguments();
  if (values.help) {
    process.stdout.write(`${usage}\n`);
    return;
  }
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new Error("--port must be a whole number from 0 to 65535.");
  }
  const stopped = untilStopped();
  const https = readHttps(values.https, positionals);
  const hub = await startHubEmulator({
    port,
    hubName: values.hub,
    accessRules: values.rule.map(readRule),
    apnsEnvironment: readApnsEnvironment(values.apns),
    ...(values.data !== undefined && { dataDirectory: values.data }),
    ...(https !== undefined && { https }),
  });
  process.stdout.write(
    `The hub is at ${hub.url}\nConnection string: ${hub.connectionString}\nHub name: ${hub.name}\n`,
  );
  await stopped;
  await hub.stop();
}

function readHttps(
  cert: string | undefined,
  [key, ...rest]: readonly string[],
): { readonly cert: string; readonly key: string } | undefined {
  if (cert === undefined && key === undefined) return undefined;
  if (cert === undefined || key === undefined || rest.length > 0) {
    throw new Error("--https requires two files: --https CERT KEY.");
  }
  return { cert: readFileSync(cert, "utf8"), key: readFileSync(key, "utf8") };
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

try {
  await run();
  process.exit(0);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exit(1);
}
