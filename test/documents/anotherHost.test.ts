import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startHostProcess } from "../../local/functionsHost/hostProcess.ts";
import { settingsFor } from "../../local/stack.ts";
import { count } from "../support/counts.ts";
import { noLimits } from "../support/noLimits.ts";
import { useTestStack } from "../support/testStack.ts";

const root = join(import.meta.dirname, "../..");
const stack = useTestStack(async () => ({}), false);

/** Runs Vitest as a person does, without the environment of this run. */
function vitest(
  files: readonly string[],
  settings: Readonly<Record<string, string>>,
): Promise<{ readonly code: number | null; readonly said: string }> {
  const inherited = Object.entries(process.env).filter(([name]) => !/^VITEST|^MODE$/.test(name));
  const env = { ...Object.fromEntries(inherited), ...settings };
  const args = ["node_modules/vitest/vitest.mjs", "run", "--no-file-parallelism", ...files];
  return new Promise((resolve) => {
    const child = execFile(process.execPath, args, { cwd: root, env }, (_, stdout, stderr) =>
      resolve({ code: child.exitCode, said: stdout + stderr }),
    );
  });
}

test("CONTRIBUTING's recipe tests a host that another process runs, also one that asks for keys", async () => {
  const page = await readFile(join(root, "CONTRIBUTING.md"), "utf8");
  const [, listed = ""] = /npx vitest run --no-file-parallelism (.*)/.exec(page) ?? [];
  const files = listed.split(" ");
  expect(files.length).toBeGreaterThan(3);
  for (const name of Object.keys(noLimits)) expect(page).toContain(name);
  const folder = await mkdtemp(join(tmpdir(), "another-host-"));
  const file = join(folder, "settings.json");
  const Values = { ...settingsFor(stack().addresses), ...noLimits };
  await writeFile(file, JSON.stringify({ IsEncrypted: false, Values }));
  const host = await startHostProcess({
    appDirectory: root,
    port: 0,
    env: { ...process.env, ...Values },
    key: "the-key",
    log: () => {},
  });
  try {
    // The first two do what every other file needs: sign in, register, insert, send messages, forget.
    const { code, said } = await vitest(count(0, 1) === 1 ? files : files.slice(0, 2), {
      FUNCTIONS_URL: host.ready.url,
      FUNCTIONS_SETTINGS: file,
      FUNCTIONS_KEY: "the-key",
    });
    expect(said).toMatch(/Tests .*passed/);
    expect(said).not.toMatch(/Tests .*failed/);
    expect(code).toBe(0);
  } finally {
    await host.stop();
    await rm(folder, { recursive: true });
  }
});
