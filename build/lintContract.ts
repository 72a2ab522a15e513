import { spawnSync } from "node:child_process";
import { join } from "node:path";

// Lints docs/openapi.yaml by the rules in redocly.yaml. The linter asks no server for a newer version.

const root = join(import.meta.dirname, "..");
const linter = join(root, "node_modules/@redocly/cli/bin/cli.js");
const { status } = spawnSync(process.execPath, [linter, "lint", "docs/openapi.yaml"], {
  cwd: root,
  stdio: "inherit",
  env: { ...process.env, REDOCLY_TELEMETRY: "off", REDOCLY_SUPPRESS_UPDATE_NOTICE: "true" },
});
process.exitCode = status ?? 1;
