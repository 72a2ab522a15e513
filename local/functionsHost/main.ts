import { readOptions, refuse } from "../../cli/options.ts";
import { defaultSessionSeconds } from "../easyAuth/easyAuth.ts";
import { untilStopped } from "../hubEmulator/untilStopped.ts";
import { ports } from "../ports.ts";
import type { Log } from "./coreModule.ts";
import { startFunctionsHost } from "./host.ts";
import { defaultHold } from "./hostJson.ts";

const issuerUrl = `http://127.0.0.1:${ports.issuer}`;

const usage = `npm run host -- [options]

Runs the built app like the Azure Functions host, with settings from the environment and from
local.settings.json.

  --port N                the port of the functions; 0 picks a free port (${ports.functions})
  --app DIR               the folder of the built app (the current folder)
  --no-local-settings     ignores local.settings.json
  --cors ORIGIN           lets pages of this origin call the functions, as Host.CORS does; repeatable
  --device-lab URL        the Device Lab, to which the home page leads
  --queue-hold SECONDS    how long a function holds a message: the wait for a retry after a crash (600)
  --easy-auth             turns on App Service Authentication: sign in at /.auth/login/PROVIDER, where
                          PROVIDER is facebook, google, apple, aad or local
  --issuer URL            with --easy-auth, the issuer that simulates the providers (${issuerUrl})
  --session-seconds N     with --easy-auth, the lifetime of a session in seconds (28800)
  --external-redirect URL with --easy-auth, where else a sign-in may end, such as myapp://easyauth.callback; repeatable
  --allow-host NAME       answers requests to this name too, besides localhost, 127.0.0.1, [::1], 10.0.2.2 (the Android
                          emulator's) and host.docker.internal; repeatable
  --keys KEY              asks for this function key where an authLevel says so, as in Azure; without it, for none
  --stay-up               goes on without functions if the app can't be loaded, as in Azure`;

const values = readOptions(usage, {
  port: { type: "string", default: String(ports.functions) },
  app: { type: "string", default: process.cwd() },
  cors: { type: "string", multiple: true, default: [] },
  "device-lab": { type: "string" },
  "queue-hold": { type: "string", default: String(defaultHold) },
  "local-settings": { type: "boolean", default: true },
  "easy-auth": { type: "boolean", default: false },
  issuer: { type: "string", default: issuerUrl },
  "session-seconds": { type: "string", default: String(defaultSessionSeconds) },
  "external-redirect": { type: "string", multiple: true, default: [] },
  "allow-host": { type: "string", multiple: true, default: [] },
  keys: { type: "string" },
  "stay-up": { type: "boolean", default: false },
});

// Bound now, because the host takes over what the app writes.
const write = process.stderr.write.bind(process.stderr);
const log: Log = (level, category, message) => {
  write(`${new Date().toISOString()} ${level} ${category}: ${message}\n`);
};
const print = (line: string) => log("information", "Host.Startup", line);

/** Reads a whole number, or refuses it. */
function wholeNumber(option: string, text: string, least: number, most: number): number {
  const number = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (number >= least && number <= most) return number;
  return refuse(`--${option} must be a whole number from ${least} to ${most}.`, usage);
}

const port = wholeNumber("port", values.port, 0, 65_535);
// A message can be held for 7 days at most.
const queueHold = wholeNumber("queue-hold", values["queue-hold"], 1, 604_800);
// Ten years.
const sessionSeconds = wholeNumber("session-seconds", values["session-seconds"], 1, 315_360_000);

try {
  const stopped = untilStopped();
  const host = await startFunctionsHost({
    appDirectory: values.app,
    port,
    localSettings: values["local-settings"],
    queueHold,
    ...(values["easy-auth"] && {
      easyAuth: {
        issuer: values.issuer.replace(/\/$/, ""),
        sessionSeconds,
        externalRedirects: values["external-redirect"],
      },
    }),
    corsOrigins: values.cors,
    ...(values["device-lab"] !== undefined && { deviceLab: new URL(values["device-lab"]).href }),
    stayUp: values["stay-up"],
    allowedHosts: values["allow-host"],
    ...(values.keys !== undefined && { key: values.keys }),
    log,
    print,
  });
  print(`Node ${process.versions.node}`);
  print(`ready on ${host.url}`);
  process.send?.({ url: host.url });
  await stopped;
  await host.stop();
  process.exit(0);
} catch (error) {
  const message = error instanceof Error ? error.message : error;
  log("critical", "Host.Startup", `The app did not start. ${message}`);
  process.exit(1);
}
