import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { trackedFiles } from "./trackedFiles.ts";

const root = join(import.meta.dirname, "../..");

/** The folders that the map names one by one. Those of the others, and of a package, are described by their parent. */
const mapped = /^(?:(?:src|local)(?:\/.+)?|[^./][^/]*)$/;
const inPackage = /^local\/hubEmulator\//;

async function readMap(): Promise<string> {
  const contributing = await readFile(join(root, "CONTRIBUTING.md"), "utf8");
  return /## The map\n(.*?)\n## /s.exec(contributing)?.[1] ?? "";
}

function ancestorsOf(file: string): string[] {
  const parent = dirname(file);
  return parent === "." ? ["."] : [...ancestorsOf(parent), parent];
}

test("the map of CONTRIBUTING names every folder once, and no other", async () => {
  const rows = [...(await readMap()).matchAll(/^\| `([^`]+)\/` \|/gm)].map(([, name]) => name);
  const folders = new Set(trackedFiles().flatMap((file) => ancestorsOf(file)));
  expect(rows.toSorted()).toEqual(
    [...folders].filter((name) => mapped.test(name) && !inPackage.test(name)).toSorted(),
  );
});

test("every file that the map names exists, and the map fits on a screen", async () => {
  const map = await readMap();
  const named = [...map.matchAll(/`((?:[\w.]+\/)*\w+\.ts)`/g)].map(([, name = ""]) => name);
  expect(named).not.toEqual([]);
  const missing = named.filter(
    (name) => ![name, `src/${name}`, `local/${name}`].some((path) => existsSync(join(root, path))),
  );
  expect(missing).toEqual([]);
  expect(map.trim().split("\n").length).toBeLessThanOrEqual(45);
});
