import { exec } from "node:child_process";
import { access, cp, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { unzipSync } from "fflate";
import * as v from "valibot";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { trackedFiles } from "../repository/trackedFiles.ts";

const root = join(import.meta.dirname, "../..");

const hook = v.object({ shell: v.string(), run: v.string() });
const hooks = v.record(v.string(), v.object({ posix: hook, windows: hook }));
const project = v.object({
  requiredVersions: v.object({ azd: v.string() }),
  metadata: v.object({ template: v.string() }),
  hooks,
  services: v.object({
    functions: v.object({ language: v.string(), host: v.string(), dist: v.string(), hooks }),
  }),
  pipeline: v.object({ variables: v.array(v.string()), secrets: v.array(v.string()) }),
});

const azure = v.parse(project, parse(await readFile(join(root, "azure.yaml"), "utf8")));
const { functions } = azure.services;
const every = [...Object.entries(azure.hooks), ...Object.entries(functions.hooks)];

test("every hook is one command, the same on every system, that PowerShell 5.1 takes", () => {
  expect(every.map(([name]) => name)).toEqual([
    "preup",
    "preprovision",
    "postdeploy",
    "prepackage",
  ]);
  for (const [, { posix, windows }] of every) {
    expect(posix.run).toBe(windows.run);
    expect(posix.run).toMatch(/^node (ops|build)\/\w+\.mjs$/);
  }
});

test("a hook imports only what Node has, since there may be no dependencies yet", async () => {
  for (const [, { posix }] of every) {
    const source = await readFile(join(root, posix.run.replace("node ", "")), "utf8");
    const imported = [...source.matchAll(/from "([^"]+)"|import\("([^"]+)"/g)].map(
      (match) => match[1] ?? match[2],
    );
    expect(imported.filter((name) => !name?.startsWith("node:"))).toEqual([]);
  }
});

test("only packaging installs dependencies, because preprovision runs beside it", async () => {
  expect(await readFile(join(root, "ops/askSignIn.mjs"), "utf8")).not.toMatch(/npm/);
});

test("the pipeline passes, and the documents list, every variable that the template reads", async () => {
  const parameters = await readFile(join(root, "infra/main.bicepparam"), "utf8");
  const read = [...parameters.matchAll(/readEnvironmentVariable\('(\w+)'/g)].map(
    ([, name]) => name,
  );
  const passed = [...azure.pipeline.variables, ...azure.pipeline.secrets, "AZURE_ENV_NAME"];
  expect(passed.sort()).toEqual([...new Set(read)].sort());
  const workflow = await readFile(join(root, ".github/workflows/azure-dev.yml"), "utf8");
  const operations = await readFile(join(root, "docs/operations.md"), "utf8");
  for (const name of azure.pipeline.variables)
    expect(workflow).toContain(`  ${name}: \${{ vars.${name} }}`);
  for (const name of azure.pipeline.secrets)
    expect(workflow).toContain(`  ${name}: \${{ secrets.${name} }}`);
  expect(
    passed.filter((name) => name !== "AZURE_ENV_NAME" && !operations.includes(`\`${name}\``)),
  ).toEqual([]);
});

/** Runs a hook as azd does: the text is a command of a shell, in the project's folder. */
async function run(command: string, folder: string): Promise<string> {
  const env = { ...process.env, AUTH_GOOGLE_AUDIENCE: "google-client" };
  const { stdout } = await promisify(exec)(command, {
    cwd: folder,
    env,
    ...(process.platform === "win32" && { shell: "powershell.exe" }),
  });
  return stdout;
}

describe("azd up provisions and packages side by side", () => {
  let clone = "";
  const archive = () => join(clone, functions.dist);

  beforeAll(async () => {
    clone = await mkdtemp(join(tmpdir(), "notify-users-azd-"));
    for (const file of await trackedFiles()) await cp(join(root, file), join(clone, file));
    await leaveOutTools();
  });
  afterAll(() => rm(clone, { recursive: true }));

  /** Leaves only what packaging needs among the dependencies: to install all takes a minute of two cores. */
  async function leaveOutTools(): Promise<void> {
    for (const name of ["package.json", "package-lock.json"]) {
      const file = join(clone, name);
      const content = JSON.parse(await readFile(file, "utf8"));
      const manifest = name === "package.json" ? content : content.packages[""];
      const { esbuild, fflate, undici, ...others } = manifest.devDependencies;
      Object.assign(manifest, {
        workspaces: [],
        // The tests' own Node is on the path.
        optionalDependencies: {},
        devDependencies: { esbuild, fflate, undici, "lru-cache": others["lru-cache"] },
      });
      await writeFile(file, JSON.stringify(content));
    }
  }

  async function up(): Promise<string[]> {
    const [asked] = await Promise.all([
      run(azure.hooks["preprovision"]?.posix.run ?? "", clone),
      run(functions.hooks["prepackage"]?.posix.run ?? "", clone),
    ]);
    expect(asked).toContain("How people sign in is settled by AUTH_GOOGLE_AUDIENCE.");
    // With the language custom, azd uploads this file unchanged.
    expect(functions).toMatchObject({ language: "custom", host: "function" });
    return Object.keys(unzipSync(await readFile(archive())));
  }

  test("on a fresh clone, then on a warm one, whose dependencies stay", {
    timeout: 240_000,
  }, async () => {
    const expected = expect.arrayContaining(["package.json", "host.json", "dist/app/main.mjs"]);
    await expect(access(join(clone, "node_modules"))).rejects.toThrow();
    expect(await up()).toEqual(expected);

    const before = (await stat(archive())).mtimeMs;
    const mark = join(clone, "node_modules", ".kept-by-a-warm-clone");
    await writeFile(mark, "");
    expect(await up()).toEqual(expected);
    await access(mark);
    expect((await stat(archive())).mtimeMs).toBeGreaterThan(before);
    expect(dirname(archive())).toBe(join(clone, "dist"));
  });
});
