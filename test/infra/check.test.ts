import { execFile } from "node:child_process";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { findCompiler } from "../../infra/compiler.ts";

const root = join(import.meta.dirname, "../..");
const compiler = await findCompiler(false);

/** Runs `npm run check:infra` on a template in which a text is replaced. */
async function check(
  before: string,
  after: string,
): Promise<{ code: number | null; said: string }> {
  const folder = await mkdtemp(join(tmpdir(), "notify-users-template-"));
  try {
    for (const file of ["main.bicep", "main.bicepparam", "bicepconfig.json"]) {
      await cp(join(root, "infra", file), join(folder, file));
    }
    const template = await readFile(join(folder, "main.bicep"), "utf8");
    expect(template).toContain(before);
    await writeFile(join(folder, "main.bicep"), template.replace(before, after));
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
    ["a misspelt property", "httpsOnly: true", "httpOnly: true", "BCP089"],
    [
      "an unused parameter",
      "param alertEmail",
      "param unused bool = true\nparam alertEmail",
      "no-unused-params",
    ],
    [
      "a secret in an output",
      "output FUNCTIONS_NAME string = app.name",
      "output FUNCTIONS_NAME string = hubRule.listKeys().primaryKey",
      "outputs-should-not-contain-secrets",
    ],
  ])(
    "%s",
    async (_, before, after, complaint) => {
      const { code, said } = await check(before, after);
      expect(said).toContain(complaint);
      expect(code).toBe(1);
    },
    90_000,
  );
});
