import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { type Browser, chromium } from "playwright-core";

const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];

/** Returns the path of a Chromium on this machine: the one that `BROWSER_PATH` names, or one on the path. */
export function findBrowser(): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  const candidates = [
    ...(process.env["BROWSER_PATH"] === undefined ? [] : [process.env["BROWSER_PATH"]]),
    ...folders.flatMap((folder) => names.map((name) => join(folder, name))),
  ];
  return candidates.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Starts that browser without a window. */
export function launchBrowser(): Promise<Browser> {
  const executablePath = findBrowser();
  if (executablePath === undefined) throw new Error("This machine has no Chromium.");
  // In containers the tests may run as root, for whom the sandbox does not work.
  return chromium.launch({ executablePath, args: ["--no-sandbox"] });
}
