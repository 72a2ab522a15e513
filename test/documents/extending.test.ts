import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");
let folder = "";
afterAll(() => rm(folder, { recursive: true, force: true }));

test("the files of docs/extending.md compile with the app", async () => {
  const document = await readFile(join(root, "docs/extending.md"), "utf8");
  const files = [...document.matchAll(/`(src\/\w+\/\w+\.ts)`\*\*[^\n]*\n\n```ts\n(.*?)```/gs)];
  expect(files.map(([, name]) => name)).toEqual([
    "src/notes/note.ts",
    "src/notes/insertNote.ts",
    "src/functions/insertNote.ts",
    "src/notes/assignment.ts",
  ]);
  folder = await mkdtemp(join(tmpdir(), "extending-"));
  await symlink(join(root, "node_modules"), join(folder, "node_modules"), "junction");
  for (const name of ["src", "tsconfig.json", "package.json"]) {
    await cp(join(root, name), join(folder, name), { recursive: true });
  }
  for (const [, name = "", text = ""] of files) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  expect(await faultsOfTypes()).toBe("");

  // The change to the function of "Notify another user".
  const [, change = ""] = /write\n\n```ts\n(.*?)```/s.exec(document) ?? [];
  const file = join(folder, "src/functions/insertNote.ts");
  const changed = (await readFile(file, "utf8"))
    .replace("      const reading = readNewNote(body.value);\n", () => change)
    .replace("announcementOf(owner, reading.note)", "assignmentOf(owner, reading.note, assignee)")
    .replace("announcementOf, readNewNote", "readNewNote")
    .replace("import { problemAnswer }", "import { badInput, problemAnswer }");
  const imports =
    'import { assignmentOf } from "../notes/assignment.ts";\nimport { isUserId } from "../user.ts";\n';
  await writeFile(file, imports + changed);
  expect(changed).toContain("assignmentOf(owner, reading.note, assignee)");
  expect(await faultsOfTypes()).toBe("");
});

/** Returns what the compiler says. */
async function faultsOfTypes(): Promise<string> {
  const compiler = join(root, "node_modules/typescript/bin/tsc");
  const { stdout } = await promisify(execFile)(process.execPath, [compiler, "--pretty", "false"], {
    cwd: folder,
  }).catch((error: unknown) => ({ stdout: String(Object(error).stdout ?? error) }));
  return stdout;
}
