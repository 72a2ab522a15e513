import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { findCircle, readFolderImports } from "../../build/checkFolders.ts";

/** Returns the circle in a folder `src` with these files, each of which imports the others that are named. */
async function circleOf(files: Readonly<Record<string, readonly string[]>>) {
  const root = await mkdtemp(join(tmpdir(), "folders-"));
  for (const [file, imported] of Object.entries(files)) {
    await mkdir(dirname(join(root, file)), { recursive: true });
    const up = "../".repeat(file.split("/").length - 1);
    await writeFile(join(root, file), imported.map((one) => `import "./${up}${one}";\n`).join(""));
  }
  const circle = findCircle(readFolderImports(root, ["src"]));
  await rm(root, { recursive: true });
  return circle;
}

test("folders that import from each other are found, though no two files do", async () => {
  const circle = await circleOf({
    "src/a/one.ts": ["src/b/one.ts"],
    "src/b/one.ts": [],
    "src/b/two.ts": ["src/c/one.ts"],
    "src/c/one.ts": ["src/a/two.ts"],
    "src/a/two.ts": [],
  });
  expect(circle?.toSorted()).toEqual(expect.arrayContaining(["src/a", "src/b", "src/c"]));
  expect(circle?.at(0)).toBe(circle?.at(-1));
});

test("a file that puts folders together, and one that they share, are no circle", async () => {
  expect(
    await circleOf({
      "src/main.ts": ["src/a/one.ts", "src/shared.ts"],
      "src/shared.ts": [],
      "src/a/one.ts": ["src/shared.ts"],
      "src/a/inner/one.ts": ["src/a/one.ts"],
    }),
  ).toBeUndefined();
});
