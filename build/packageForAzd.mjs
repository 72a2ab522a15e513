import { spawnSync } from "node:child_process";
import { statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

// azd runs this before it packages, on a clone that may have no dependencies yet, with the developer's own
// Node. So it is JavaScript and imports only what Node has.

const root = fileURLToPath(new URL("..", import.meta.url));

/** Returns whether the dependencies were installed after the lockfile last changed. */
function dependenciesAreCurrent() {
  const installed = statSync(join(root, "node_modules/.package-lock.json"), {
    throwIfNoEntry: false,
  });
  return (
    installed !== undefined &&
    installed.mtimeMs >= statSync(join(root, "package-lock.json")).mtimeMs
  );
}

/** Runs npm, and ends this process if it fails. @param {string[]} args */
function npm(...args) {
  // On Windows, npm is a script that only a shell can run.
  const { status, error } = spawnSync("npm", args, {
    cwd: root,
    stdio: "inherit",
    shell: process.platform === "win32",
  });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

if (!dependenciesAreCurrent()) npm("ci", "--no-audit", "--no-fund", "--prefer-offline");
npm("run", "--silent", "package");
