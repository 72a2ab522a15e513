import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { findBrowser } from "./browser.ts";

// Runs the tests of pages.

const root = join(import.meta.dirname, "../..");

if (findBrowser() === undefined) {
  process.stderr.write(
    "These tests need a Chromium: the package chromium of Debian and Ubuntu, Chrome, or BROWSER_PATH.\n",
  );
  process.exit(1);
}
const vitest = join(root, "node_modules/vitest/vitest.mjs");
const { status } = spawnSync(
  process.execPath,
  [vitest, "run", "--mode", "browser", ...process.argv.slice(2)],
  {
    cwd: root,
    stdio: "inherit",
  },
);
process.exitCode = status ?? 1;
