import { appendFileSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { allNames } from "./contract.ts";

/** By folder. */
const noted = new Map<string, Set<string>>();

/** Notes what a test has seen of the contract, in a file of this process. */
export function note(folder: string, names: readonly string[]): void {
  const before = noted.get(folder) ?? new Set();
  noted.set(folder, before);
  const fresh = names.filter((name) => !before.has(name));
  if (fresh.length === 0) return;
  for (const name of fresh) before.add(name);
  appendFileSync(join(folder, `${process.pid}`), `${fresh.join("\n")}\n`);
}

/** Returns what the contract names and no process has seen. */
export function unseen(folder: string): string[] {
  const seen = new Set(
    readdirSync(folder).flatMap((file) => readFileSync(join(folder, file), "utf8").split("\n")),
  );
  return [...allNames()].filter((name) => !seen.has(name));
}
