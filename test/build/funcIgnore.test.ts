import { execFile } from "node:child_process";
import { cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative, sep } from "node:path";
import { promisify } from "node:util";
import { unzipSync } from "fflate";
import { afterAll, beforeAll, expect, test } from "vitest";
import { trackedFiles } from "../repository/trackedFiles.ts";
import { funcIgnore } from "./funcIgnore.ts";

const root = join(import.meta.dirname, "../..");
let copy = "";

/** Makes a copy of the tree, with what a developer has beside the tracked files, and packages it. */
beforeAll(async () => {
  copy = await mkdtemp(join(tmpdir(), "notify-users-publish-"));
  for (const file of await trackedFiles()) await cp(join(root, file), join(copy, file));
  await symlink(join(root, "node_modules"), join(copy, "node_modules"), "junction");
  await promisify(execFile)(process.execPath, ["build/package.ts"], { cwd: copy });
  await writeFile(join(copy, "local.settings.json"), "{}");
  await writeFile(join(copy, "package.json.orig"), "{}");
  await writeFile(join(copy, "dist/main.cjs"), "// of an older release");
  await cp(join(copy, "docs"), join(copy, ".vscode"), { recursive: true });
}, 60_000);
afterAll(() => rm(copy, { recursive: true }));

async function files(): Promise<string[]> {
  const entries = await readdir(copy, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(copy, join(entry.parentPath, entry.name)).split(sep).join("/"));
}

test.each([
  ["4.0", false],
  ["newer", true],
])(
  "func azure functionapp publish uploads the package's files, Core Tools %s",
  async (_, wordEnds) => {
    const uploads = funcIgnore(await readFile(join(copy, ".funcignore"), "utf8"), wordEnds);
    const packaged = Object.keys(unzipSync(await readFile(join(copy, "dist/notify-users.zip"))));
    const uploaded = (await files()).filter(uploads);
    // A name stands for everything that begins with it, and no rule can say otherwise.
    expect(uploaded.filter((file) => file !== "package.json.orig").sort()).toEqual(packaged.sort());
    expect(
      [
        "node_modules/typescript/package.json",
        "src/main.ts",
        "dist/source-maps/main.mjs.map",
      ].filter(uploads),
    ).toEqual([]);
  },
);

test("an exclamation mark brings back a whole folder, unlike in git", () => {
  const uploads = funcIgnore("*\n!dist\n!dist/main.cjs\n", true);
  expect(uploads("dist/main.cjs.map")).toBe(true);
  expect(uploads("src/main.ts")).toBe(false);
});
