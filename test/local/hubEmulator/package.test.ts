import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { until } from "../../support/until.ts";

const run = promisify(execFile);
const root = join(import.meta.dirname, "../../..");
const emulator = join(root, "local/hubEmulator");

let folder: string;

/** The Node that the machine has, which may be older than the one of this repository. */
const path = (process.env["PATH"] ?? "")
  .split(delimiter)
  .filter((entry) => !entry.includes("node_modules"))
  .join(delimiter);
const env = { ...process.env, PATH: path };

// Packs the emulator and installs it in an empty folder, without network.
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "package-"));
  await run("npm", ["pack", "--silent", "--pack-destination", folder], { cwd: emulator });
  const [tarball = ""] = await readdir(folder);
  await writeFile(join(folder, "package.json"), '{"type":"module"}');
  const options = ["--offline", "--no-audit", "--no-fund", "--ignore-scripts"];
  await run("npm", ["install", ...options, join(folder, tarball)], { cwd: folder, env });
  // What the user's project has: a test runner, a compiler and the service's client.
  await mkdir(join(folder, "node_modules/@azure"), { recursive: true });
  for (const name of ["vitest", "typescript", "@types", "@azure/notification-hubs"]) {
    await symlink(join(root, "node_modules", name), join(folder, "node_modules", name));
  }
});

afterAll(() => rm(folder, { recursive: true }));

async function exampleOfManual(): Promise<string> {
  const manual = await readFile(join(emulator, "README.md"), "utf8");
  const [, example = ""] = /```ts\n(import[\s\S]+?)```/.exec(manual) ?? [];
  return example;
}

test("has no dependencies, and only what users need", async () => {
  const installed = join(folder, "node_modules/notification-hubs-emulator");
  const files = await readdir(installed);
  expect(files.toSorted()).toEqual([
    "CHANGELOG.md",
    "Dockerfile",
    "LICENSE",
    "README.md",
    "compose.yaml",
    "dist",
    "package.json",
  ]);
  expect((await readdir(join(installed, "dist"))).toSorted()).toEqual([
    "emulator.mjs",
    "main.mjs",
    "third-party-licences.txt",
    "types",
  ]);
  const licences = await readFile(join(installed, "dist/third-party-licences.txt"), "utf8");
  for (const name of ["valibot", "lru-cache", "@peculiar/x509"]) expect(licences).toContain(name);
  const { devDependencies: _, ...manifest } = JSON.parse(
    await readFile(join(installed, "package.json"), "utf8"),
  );
  expect(manifest).not.toHaveProperty("dependencies");
});

test("the manual's example does the main job in Vitest", async () => {
  const example = await exampleOfManual();
  await writeFile(join(folder, "notify.test.ts"), example);
  const vitest = join(root, "node_modules/vitest/vitest.mjs");
  const { stdout } = await run(process.execPath, [vitest, "run", "--root", folder], {
    cwd: folder,
    env: { ...process.env, NO_COLOR: "1" },
  });
  expect(stdout).toMatch(/Tests\s+1 passed \(1\)/);
});

test("its types need nothing else, and no lenient compiler", async () => {
  await writeFile(join(folder, "example.ts"), await exampleOfManual());
  await writeFile(
    join(folder, "use.ts"),
    `import { startHubEmulator, type Delivery, type FaultRule, type RequestRecord } from "notification-hubs-emulator";
const hub = await startHubEmulator({ hubs: ["a"], https: { names: ["b"] }, log: (lines: string) => lines });
const rules: FaultRule[] = [{ match: { path: "/messages" }, status: 503, times: 2 }];
hub.setFaults(rules);
const delivery: Delivery = await hub.waitForDelivery({ platform: "apns", body: /x/ }, 10);
const requests: readonly RequestRecord[] = hub.hub("a").requests();
export const seen: [string, string | undefined] = [delivery.body, requests[0]?.send?.targets[0]?.reason];
// @ts-expect-error: no such state
hub.device("h").set({ state: "tired" });
`,
  );
  const compiler = join(root, "node_modules/typescript/bin/tsc");
  const options = [
    "--strict",
    "--noEmit",
    "--module",
    "nodenext",
    "--target",
    "es2022",
    "--types",
    "node",
  ];
  const result = run(process.execPath, [compiler, ...options, "use.ts"], { cwd: folder });
  await expect(result).resolves.toMatchObject({ stdout: "" });
});

test("its program starts on the machine's own Node, and stops on SIGTERM", async () => {
  const name =
    process.platform === "win32" ? "notification-hubs-emulator.cmd" : "notification-hubs-emulator";
  const program = join(folder, "node_modules/.bin", name);
  const child = spawn(program, ["--port", "0"], { env, shell: process.platform === "win32" });
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (piece: string) => {
    said += piece;
  });
  await until("the hub", () => said.includes("Hub name: notify-users"));
  const [, url = ""] = /The hub is at (\S+)/.exec(said) ?? [];
  expect((await fetch(`${url}/_emulator/health`)).status).toBe(200);
  expect(said).toContain("Connection string: Endpoint=http://127.0.0.1:");
  child.kill("SIGTERM");
  const [code] = await once(child, "exit");
  expect(code).toBe(0);
});
