import { execFile } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "..");

/** Runs a program of package.json with the Node of this test. */
function program(
  file: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const options = { cwd: root, env: { ...process.env, ...env } };
    const child = execFile(process.execPath, [file, ...args], options, (_, stdout, stderr) =>
      resolve({ code: child.exitCode, stdout, stderr }),
    );
    child.stdin?.end();
  });
}

const programs = [
  ["local/main.ts", "port-base"],
  ["local/functionsHost/main.ts", "port"],
  ["ops/smoke.ts", "url"],
  ["ops/redrive.ts", "yes"],
] as const;

test.each(programs)(
  "%s refuses an unknown option in one line, and shows its usage",
  async (file) => {
    const { code, stderr, stdout } = await program(file, ["--mistyped"]);
    expect(stderr).toMatch(/^Unknown option '--mistyped'[^\n]*\n\nnpm run /);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect([code, stdout]).toEqual([1, ""]);
  },
);

test.each(programs)("%s refuses to run if npm kept its option --%s", async (file, option) => {
  const name = `npm_config_${option.replace("-", "_")}`;
  const { code, stderr } = await program(file, [], { [name]: "true" });
  expect(stderr).toMatch(
    new RegExp(`^npm kept --${option}( …)? for itself. Put -- before the options: npm run`),
  );
  expect(code).toBe(1);
});

test("the message about what npm kept says what to type, with every option and value", async () => {
  const kept = { npm_config_watch: "true", npm_config_port_base: "true" };
  const { stderr } = await program("local/main.ts", ["9200"], kept);
  expect(stderr).toContain(": npm run local -- --port-base 9200 --watch\n");
});

test("npm run redrive --yes moves nothing", async () => {
  const { code, stderr } = await new Promise<{ code: number | null; stderr: string }>((resolve) => {
    const npm = execFile(
      "npm",
      ["run", "redrive", "--yes"],
      { cwd: root, shell: process.platform === "win32" },
      (_, __, stderr) => resolve({ code: npm.exitCode, stderr }),
    );
  });
  expect(stderr).toContain("npm kept --yes for itself.");
  expect(code).toBe(1);
});

test.each(programs)("%s shows its usage with --help", async (file) => {
  const { code, stdout, stderr } = await program(file, ["--help"]);
  expect(stdout).toMatch(/^npm run /);
  expect([code, stderr]).toEqual([0, ""]);
});

test("npm start says how to get the Core Tools", async () => {
  const { code, stderr } = await program("cli/start.ts", [], { PATH: "" });
  expect(stderr).toContain("npm install --global azure-functions-core-tools@4");
  expect(stderr).toContain("npm run host");
  expect(code).toBe(1);
});

test("the smoke test takes no token as an option, and asks for one", async () => {
  const { stderr } = await program("ops/smoke.ts", ["--url", "http://127.0.0.1:1", "--token", "x"]);
  expect(stderr).toContain("Unknown option '--token'");
  const without = await program("ops/smoke.ts", ["--url", "http://127.0.0.1:1"]);
  expect(without.stderr).toContain(
    "There is no token, neither in SMOKE_TOKEN nor on standard input.",
  );
});
