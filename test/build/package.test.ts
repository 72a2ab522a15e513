import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { settingsFor } from "../../local/stack.ts";
import { deliveries, insert, iPhone, register, signIn } from "../support/client.ts";
import { closedPort } from "../support/closedPort.ts";
import { useTestStack } from "../support/testStack.ts";
import { until } from "../support/until.ts";
import { unzip } from "../support/unzip.ts";

const root = join(import.meta.dirname, "../..");
const stack = useTestStack();

test("the package does the main job in its own folder, without node_modules", async () => {
  const { stdout } = await promisify(execFile)(
    ...(["npm", ["run", "--silent", "package", "--", "--no-build"]] as const),
    { cwd: root, shell: process.platform === "win32" },
  );
  expect(stdout).toMatch(/notify-users\.zip: \d+\.\d\d MB/);

  const folder = await mkdtemp(join(tmpdir(), "notify-users-package-"));
  const functions = await closedPort();
  const names = await unzip(join(root, "dist/notify-users.zip"), folder);
  const parts = names.filter((name) => /^dist\/app\/\w+-[A-Z0-9]{8}\.mjs$/.test(name));
  expect(names.sort()).toEqual([...parts, "dist/app/main.mjs", "host.json", "package.json"].sort());
  const args = ["run", "host", "--", "--port", new URL(functions).port, "--app", folder];
  const host = spawn("npm", args, {
    cwd: root,
    env: { ...process.env, ...settingsFor(stack().addresses) },
    detached: true,
    stdio: ["ignore", "ignore", "pipe"],
  });
  let log = "";
  host.stderr.setEncoding("utf8").on("data", (piece: string) => {
    log += piece;
  });
  const ended = once(host, "close");
  try {
    await until("the host to be ready", () => log.includes(`ready on ${functions}`));
    const packaged = { ...stack(), addresses: { ...stack().addresses, functions } };
    const token = await signIn(packaged, "alice");
    const phone = iPhone();
    expect(await register(packaged, token, phone)).toMatchObject({ status: 200 });
    expect(await insert(packaged, token, { text: "from the package" })).toMatchObject({
      status: 201,
    });
    expect(await deliveries(packaged, phone.handle)).toMatchObject([
      { body: expect.stringContaining("from the package") },
    ]);
  } finally {
    if (host.pid !== undefined) process.kill(-host.pid, "SIGTERM");
    await ended;
    await rm(folder, { recursive: true });
  }
});
