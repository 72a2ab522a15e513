import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { until } from "../../support/until.ts";

const root = join(import.meta.dirname, "../../..");

async function responds(url: string): Promise<boolean> {
  return fetch(url).then(
    () => true,
    () => false,
  );
}

// On Windows, npm runs programs in another way.
describe.skipIf(process.platform === "win32")("npm run hub", () => {
  test("stops if npm gets SIGTERM, whose shell does not forward it", async () => {
    const npm = spawn("npm", ["run", "--silent", "hub", "--", "--port", "0"], { cwd: root });
    let said = "";
    npm.stdout.setEncoding("utf8").on("data", (piece: string) => {
      said += piece;
    });
    await until("the hub", () => said.includes("Hub name"));
    const [, url = ""] = /The hub is at (\S+)/.exec(said) ?? [];
    expect(await responds(url)).toBe(true);
    const ended = once(npm, "exit");
    npm.kill("SIGTERM");
    await ended;
    await until("the hub to be gone", async () => !(await responds(url)));
  });

  test("refuses an option that npm kept", async () => {
    const run = promisify(execFile)("npm", ["run", "--silent", "hub", "--port=9"], { cwd: root });
    await expect(run).rejects.toMatchObject({
      stderr: expect.stringContaining(
        "npm kept --port 9 for itself. Put -- before the options: npm run hub -- --port 9",
      ),
    });
  });

  test("refuses the data of another emulator, and releases its own", async () => {
    const data = await mkdtemp(join(tmpdir(), "notify-users-data-"));
    const args = ["local/hubEmulator/main.ts", "--port", "0", "--data", data];
    const start = async () => {
      const hub = spawn(process.execPath, args, { cwd: root });
      await once(hub.stdout, "data");
      return hub;
    };
    try {
      const first = await start();
      await expect(
        promisify(execFile)(process.execPath, args, { cwd: root }),
      ).rejects.toMatchObject({
        stderr: expect.stringContaining(`Another process uses the data in ${data}.`),
      });
      const stopped = once(first, "exit");
      first.kill("SIGTERM");
      await stopped;
      const second = await start();
      const ended = once(second, "exit");
      second.kill("SIGKILL");
      await ended;
      const third = await start();
      third.kill("SIGTERM");
      await once(third, "exit");
    } finally {
      await rm(data, { recursive: true });
    }
  });
});
