import { parseArgs } from "node:util";
import { defaultSessionSeconds } from "../easyAuth/easyAuth.ts";
import { ports } from "../ports.ts";
import { untilStopped } from "../untilStopped.ts";
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
  --queue-hold SECONDS    how long a function holds a message: the wait for a retry after a crash (600)
  --easy-auth             turns on App Service Authentication: sign in at /.auth/login/PROVIDER, where
                          PROVIDER is facebook, google, apple, aad or local
  --issuer URL            with --easy-auth, the issuer that simulates the providers (${issuerUrl})
  --session-seconds N     with --easy-auth, the lifetime of a session in seconds (28800)`;

const { values } = parseArgs({
  options: {
    port: { type: "string", default: String(ports.functions) },
    app: { type: "string", default: process.cwd() },
    "queue-hold": { type: "string", default: String(defaultHold) },
    "local-settings": { type: "boolean", default: true },
    "easy-auth": { type: "boolean", default: false },
    issuer: { type: "string", default: issuerUrl },
    "session-seconds": { type: "string", default: String(defaultSessionSeconds) },
    help: { type: "boolean", default: false },
  },
  allowNegative: true,
});

const log: Log = (level, category, message) => {
  if (level === "trace" || level === "debug") return;
  process.stderr.write(`${new Date().toISOString()} ${level} ${category}: ${message}\n`);
};

if (values.help) {
  process.stdout.write(`${usage}\n`);
} else {
  try {
    const sessionSeconds = Number(values["session-seconds"]);
    if (!Number.isInteger(sessionSeconds) || sessionSeconds < 1) {
      throw new Error("--session-seconds must be a whole number from 1.");
    }
    const stopped = untilStopped();
    const host = await startFunctionsHost({
      appDirectory: values.app,
      port: Number(values.port),
      localSettings: values["local-settings"],
      queueHold: Number(values["queue-hold"]),
      ...(values["easy-auth"] && {
        easyAuth: {
          issuer: values.issuer.replace(/\/$/, ""),
          sessionSeconds,
        },
      }),
      log,
    });
    log("information", "host", `ready on ${host.url}`);
    process.send?.({ url: host.url });
    await stopped;
    await host.stop();
    process.exit(0);
  } catch (error) {
    log(
      "critical",
      "host",
      `The app did not start. ${error instanceof Error ? error.message : error}`,
    );
    process.exit(1);
  }
}
