import { execFile } from "node:child_process";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { findCompiler } from "../../infra/compiler.ts";

const root = join(import.meta.dirname, "../..");
const compiler = await findCompiler(false);

/** Runs `npm run check:infra` on a template of which one file has a text replaced. */
async function check(
  file: string,
  before: string,
  after: string,
): Promise<{ code: number | null; said: string }> {
  const folder = await mkdtemp(join(tmpdir(), "notify-users-template-"));
  try {
    for (const name of ["main.bicep", "main.bicepparam", "bicepconfig.json", "modules"]) {
      await cp(join(root, "infra", name), join(folder, name), { recursive: true });
    }
    const template = await readFile(join(folder, file), "utf8");
    expect(template).toContain(before);
    await writeFile(join(folder, file), template.replace(before, after));
    return await new Promise((resolve) => {
      const args = ["infra/check.ts", "--folder", folder];
      const child = execFile(process.execPath, args, { cwd: root }, (_, stdout, stderr) =>
        resolve({ code: child.exitCode, said: stdout + stderr }),
      );
    });
  } finally {
    await rm(folder, { recursive: true });
  }
}

// .ci/run fetches the compiler before the tests. Elsewhere, npm run check:infra fetches it.
describe.skipIf(compiler.kind === "missing")("check:infra fails and reports", () => {
  test.concurrent.each([
    ["a misspelt property", "modules/app.bicep", "httpsOnly: true", "httpOnly: true", "BCP089"],
    [
      "an unused parameter",
      "main.bicep",
      "param alertEmail",
      "param unused bool = true\nparam alertEmail",
      "no-unused-params",
    ],
    [
      "a secret in an output",
      "modules/hub.bicep",
      "output name string = hub.name",
      "output name string = rule.listKeys().primaryKey",
      "outputs-should-not-contain-secrets",
    ],
  ])(
    "%s",
    async (_, file, before, after, complaint) => {
      const { code, said } = await check(file, before, after);
      expect(said).toContain(complaint);
      expect(code).toBe(1);
    },
    90_000,
  );
});
