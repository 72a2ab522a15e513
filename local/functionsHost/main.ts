import { parseArgs } from "node:util";
import { untilStopped } from "../untilStopped.ts";
import type { Log } from "./coreModule.ts";
import { startFunctionsHost } from "./host.ts";
import { defaultHold } from "./hostJson.ts";

const usage = `npm run host -- [--port N] [--app DIR] [--no-local-settings] [--queue-hold SECONDS]

Runs the built app as the Azure Functions host would, with settings from the environment and from
local.settings.json. --port 0 takes a free port; the default is 7071. A message
of a queue is held for its function for 600 s, as the real host does: after a kill it comes again then.`;

const { values } = parseArgs({
  options: {
    port: { type: "string", default: "7071" },
    app: { type: "string", default: process.cwd() },
    "queue-hold": { type: "string", default: String(defaultHold) },
    "local-settings": { type: "boolean", default: true },
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
    const stopped = untilStopped();
    const host = await startFunctionsHost({
      appDirectory: values.app,
      port: Number(values.port),
      localSettings: values["local-settings"],
      queueHold: Number(values["queue-hold"]),
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
