import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");

/** Returns the names of what npm installed here, by their paths. */
async function installed(): Promise<string[]> {
  const lock: unknown = JSON.parse(
    await readFile(join(root, "node_modules/.package-lock.json"), "utf8"),
  );
  return Object.keys(Object(lock).packages).filter((path) => path.startsWith("node_modules/"));
}

test("npm installs at most 430 packages, and no telemetry", async () => {
  const packages = await installed();
  expect(packages.length).toBeGreaterThan(100);
  expect(packages.length).toBeLessThanOrEqual(430);
  expect(packages.filter((path) => /opentelemetry/.test(path))).toEqual([]);
});
