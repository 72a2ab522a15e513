import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { access, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { closedPort } from "../support/closedPort.ts";
import { until } from "../support/until.ts";

const root = join(import.meta.dirname, "../..");

/** An environment that names no storage and no hub. */
const env = Object.fromEntries(
  Object.entries(process.env).filter(
    ([name]) => !/^(AzureWebJobsStorage|NotificationHub__)/.test(name),
  ),
);

let directory: string;
const running: ChildProcess[] = [];
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "stack-"));
});
afterAll(async () => {
  for (const child of running) child.kill("SIGKILL");
  await rm(directory, { recursive: true });
});

function run(program: string, ...args: string[]): Promise<{ code: number | null; said: string }> {
  return new Promise((resolve) => {
    const all = [join(root, program), ...args];
    const child = execFile(process.execPath, all, { cwd: directory, env }, (_, stdout, stderr) =>
      resolve({ code: child.exitCode, said: stderr + stdout }),
    );
  });
}

/** Starts a stack without functions. @returns the address of its hub */
async function startStack(
  more: Record<string, string> = {},
): Promise<{ child: ChildProcess; hub: string }> {
  const args = [join(root, "local/main.ts"), "--json", "--no-host", "--port-base", "0"];
  const child = spawn(process.execPath, args, { cwd: directory, env: { ...env, ...more } });
  running.push(child);
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (piece) => {
    said += piece;
  });
  await until("the stack", () => said.includes("\n"));
  const { hub } = JSON.parse(said);
  await until("its note", () =>
    access(join(directory, ".local", `${child.pid}.json`)).then(
      () => true,
      () => false,
    ),
  );
  return { child, hub: hub.url };
}

test("programs find the stack that runs in their folder, and say so", async () => {
  const nothing = await run("ops/why.ts", "--user", "local:alice");
  expect(nothing).toMatchObject({
    code: 2,
    said: expect.stringMatching(/^No local stack runs in/),
  });

  const { child, hub } = await startStack();
  const found = `With the local stack at ${hub}.\n`;
  const why = await run("ops/why.ts", "--user", "local:alice");
  expect(why).toMatchObject({ code: 1, said: expect.stringContaining("has no registered device") });
  expect(why.said.startsWith(found)).toBe(true);
  expect(await run("ops/redrive.ts")).toEqual({
    code: 0,
    said: `${found}The poison queue is empty.\n`,
  });
  expect(await run("ops/redrive.ts", "--dry-run")).toMatchObject({ code: 0 });
  expect(await run("ops/redrive.ts", "--dry-run", "--yes")).toMatchObject({ code: 1 });
  expect(await run("ops/forget.ts", "--user", "local:alice")).toEqual({
    code: 0,
    said: `${found}There is nothing of this user.\n`,
  });

  // Of two, the newest.
  const other = await startStack();
  expect((await run("ops/redrive.ts")).said).toContain(other.hub);
  // One that was killed has left its note.
  other.child.kill("SIGKILL");
  await once(other.child, "close");
  expect((await run("ops/redrive.ts")).said).toContain(hub);
  const notes = () => readdir(join(directory, ".local"));
  expect(await notes()).toEqual([`${child.pid}.json`]);
  child.kill("SIGTERM");
  await once(child, "close");
  expect(await notes()).toEqual([]);
}, 60_000);

test("what the stack has from its environment must be given to the program, too", async () => {
  const url = await closedPort();
  const NotificationHub__connectionString = `Endpoint=${url};SharedAccessKeyName=n;SharedAccessKey=c2VjcmV0`;
  const { child } = await startStack({ NotificationHub__connectionString });
  const { code, said } = await run("ops/redrive.ts");
  expect([code, said]).toEqual([
    1,
    expect.stringMatching(/has NotificationHub__connectionString from its environment\. Set/),
  ]);
  expect(said).not.toContain("c2VjcmV0");
  child.kill("SIGTERM");
  await once(child, "close");
}, 60_000);

test("a note that cannot be read is no stack", async () => {
  await mkdir(join(directory, ".local"), { recursive: true });
  await writeFile(join(directory, ".local/1.json"), "{");
  expect(await run("ops/redrive.ts")).toMatchObject({ code: 1 });
});
