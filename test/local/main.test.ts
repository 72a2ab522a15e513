import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import * as v from "valibot";
import { afterEach, expect, test } from "vitest";
import { banner } from "../../local/banner.ts";
import {
  deliveries,
  insert,
  iPhone,
  register,
  signIn,
  type TestDevice,
} from "../support/client.ts";
import { count } from "../support/counts.ts";
import type { TestStack } from "../support/testStack.ts";
import { until } from "../support/until.ts";

const root = join(import.meta.dirname, "../..");

const addresses = v.strictObject({
  functions: v.optional(v.string()),
  issuer: v.string(),
  hub: v.strictObject({ connectionString: v.string(), name: v.string(), url: v.string() }),
  storage: v.string(),
  deviceLab: v.exactOptional(v.string()),
});

interface Run {
  readonly child: ChildProcess;
  stdout(): string;
  /** Sends a signal to the process, and waits for its end. */
  end(signal: NodeJS.Signals, pid?: number): Promise<void>;
}

const runs: Run[] = [];
const directories: string[] = [];

afterEach(async () => {
  for (const run of runs.splice(0)) await run.end("SIGTERM");
  for (const directory of directories.splice(0)) await rm(directory, { recursive: true });
});

/** Runs a command of the README. */
function npmRun(...args: string[]): Run {
  return run("npm", ["run", "--silent", ...args]);
}

/** Runs a program in its own process group, as a terminal does. */
function run(command: string, args: readonly string[]): Run {
  // The first sends may time out on a busy machine. The app then retries soon.
  const env = { ...process.env, Delivery__retrySeconds: "1" };
  const child = spawn(command, args, { cwd: root, detached: true, env });
  let stdout = "";
  child.stdout.setEncoding("utf8").on("data", (piece) => {
    stdout += piece;
  });
  const ended = once(child, "close");
  const started: Run = {
    child,
    stdout: () => stdout,
    async end(signal, pid = child.pid) {
      const running = child.exitCode === null && child.signalCode === null;
      if (running && pid !== undefined) process.kill(pid, signal);
      await ended;
    },
  };
  runs.push(started);
  return started;
}

const json = ["local", "--", "--json"];

async function untilReady(run: Run) {
  await until("the line of JSON", () => run.stdout().includes("\n"));
  return { run, addresses: v.parse(addresses, JSON.parse(run.stdout())) };
}

/** Returns every address that the stack printed. */
function places(printed: string): string[] {
  return [...new Set(printed.match(/http:\/\/127\.0\.0\.1:\d+/g))];
}

async function answers(place: string): Promise<boolean> {
  return fetch(place).then(
    () => true,
    () => false,
  );
}

/** Waits until a device has shown a notification. */
async function untilShown(stack: TestStack, { handle }: TestDevice): Promise<void> {
  await until("the notification", async () => (await deliveries(stack, handle)).length > 0);
}

async function expectGone(printed: string): Promise<void> {
  expect(places(printed).length).toBeGreaterThan(2);
  for (const place of places(printed))
    expect([place, await answers(place)]).toEqual([place, false]);
}

test("two stacks run side by side, print a line of JSON each, and stop completely", async () => {
  const args = ["local/main.ts", "--json", "--port-base", "0"];
  const stacks = await Promise.all([
    untilReady(npmRun(...json, "--port-base", "0")),
    untilReady(run(process.execPath, args)),
  ]);

  for (const { run, addresses } of stacks) {
    expect(run.stdout()).toMatch(/^[^\n]+\n$/);
    const { functions = "" } = addresses;
    const stack = { addresses: { ...addresses, functions }, log: () => "", stop: async () => {} };
    const token = await signIn(stack, "alice");
    const phone = iPhone();
    await register(stack, token, phone);
    expect(await insert(stack, token, { text: "hello" })).toMatchObject({ status: 201 });
    await untilShown(stack, phone);
  }

  const [asked, killed] = stacks;
  await asked?.run.end("SIGTERM");
  await expectGone(asked?.run.stdout() ?? "");
  await killed?.run.end("SIGKILL");
  for (const place of places(killed?.run.stdout() ?? "")) {
    await until(`${place} to be gone`, async () => !(await answers(place)));
  }
});

test.each(["tokens", "platform"].slice(0, count(1, 2)))(
  "with --auth %s the printed commands do the main job when pasted, and Ctrl-C stops everything",
  async (auth) => {
    const run = npmRun("local", "--", "--port-base", "0", "--auth", auth);
    await until("the commands", () => run.stdout().includes("Accept:text/plain\n"));
    const lines = run.stdout().split("\n");
    // It fits on a terminal of 24 rows and 100 columns.
    expect(
      lines.reduce((rows, line) => rows + Math.max(1, Math.ceil(line.length / 100)), 0),
    ).toBeLessThan(24);
    const commands = lines.filter((line) => /^(URL=|AUTH=|curl )/.test(line));
    const [showing = ""] = commands.splice(-1);
    const pasted = [...commands, `until ${showing} -s | grep Buy; do sleep 0.1; done`];
    const { stdout } = await promisify(execFile)("bash", ["-c", pasted.join("\n")], {
      timeout: 60_000,
    });

    const [registered = "", inserted = "", shown = ""] = stdout.split("\n");
    expect(JSON.parse(registered)).toMatchObject({ platform: "fcmv1", installationId: "1" });
    expect(JSON.parse(inserted)).toMatchObject({ text: "Buy milk" });
    expect(shown).toMatch(
      /^1 {2}\d\d:\d\d:\d\d {2}fcmv1 {2}alices-phone {2}New item added: Buy milk$/,
    );
    // A terminal sends the signal to the whole process group.
    await run.end("SIGINT", -Number(run.child.pid));
    await expectGone(run.stdout());
  },
);

test("a second stack refuses the data of the first, and a killed stack leaves no lock", async () => {
  const data = await mkdtemp(join(tmpdir(), "notify-users-data-"));
  directories.push(data);
  const args = ["local/main.ts", "--json", "--port-base", "0", "--no-host", "--data", data];
  const { run: first } = await untilReady(run(process.execPath, args));
  await expect(promisify(execFile)(process.execPath, args, { cwd: root })).rejects.toMatchObject({
    stderr: expect.stringContaining(`Another process uses the data in ${data}.`),
  });
  await first.end("SIGKILL");
  await untilReady(run(process.execPath, args));
});

test("the banner shows the hub that the app uses, warns of it, and shows no command for the emulator", async () => {
  const hub =
    "Endpoint=sb://real.servicebus.windows.net/;SharedAccessKeyName=a;SharedAccessKey=c2VjcmV0";
  const addresses = {
    functions: "http://127.0.0.1:1",
    issuer: "http://127.0.0.1:2",
    hub: { connectionString: "", name: "notify-users", url: "http://127.0.0.1:3/notify-users" },
    storage: "",
  };
  const shown = banner(addresses, false, { NotificationHub__connectionString: hub }, 7071);
  expect(shown).toContain("Hub        sb://real.servicebus.windows.net/, from the environment");
  expect(shown).toContain("WARNING: this hub is not on this machine.");
  expect(shown).not.toContain("_emulator");
  expect(shown).not.toContain("c2VjcmV0");
  const { functions: _, ...without } = addresses;
  expect(banner(without, false, {}, 7071)).not.toContain("curl");
});

test("the banner names settings of the environment, and without a host gives commands for its ports", () => {
  const addresses = {
    issuer: "http://127.0.0.1:9202",
    hub: { connectionString: "Endpoint=http://127.0.0.1:9201/;k", name: "notify-users", url: "u" },
    storage: "UseDevelopmentStorage=true",
  };
  const shown = banner(addresses, true, { Push__platforms: "fcmv1", PATH: "x" }, 9200);
  expect(shown).toContain("Settings   from the environment: Push__platforms");
  expect(shown).toContain(
    "NotificationHub__connectionString='Endpoint=http://127.0.0.1:9201/;k' \\\n",
  );
  expect(shown).toContain("npm run host -- --port 9200 --easy-auth --issuer http://127.0.0.1:9202");
  expect(shown).not.toContain("cp local.settings.json.example");
  expect(banner(addresses, false, {}, 7071)).toContain("cp local.settings.json.example");
});

test("--watch starts the app again after a change", async () => {
  const clone = await mkdtemp(join(tmpdir(), "notify-users-watch-"));
  directories.push(clone);
  for (const name of [
    "build",
    "cli",
    "local",
    "src",
    "host.json",
    "package.json",
    "tsconfig.json",
  ]) {
    await cp(join(root, name), join(clone, name), { recursive: true });
  }
  await symlink(join(root, "node_modules"), join(clone, "node_modules"), "junction");
  const watching = run(process.execPath, [
    join(clone, "local/main.ts"),
    "--json",
    "--port-base",
    "0",
    "--watch",
  ]);
  let said = "";
  watching.child.stderr?.setEncoding("utf8").on("data", (piece: string) => {
    said += piece;
  });
  const { addresses } = await untilReady(watching);
  const health = async () => (await fetch(`${addresses.functions}/api/health`)).text();
  expect(await health()).toContain('"status":"ok"');
  await until("the watcher", () => said.includes("Watching src/"));
  const file = join(clone, "src/functions/health.ts");
  const source = await readFile(file, "utf8");
  await writeFile(file, source.replace('status: "ok"', "status: 'broken"));
  await until("the error of the build", () => said.includes("Build failed"));
  expect(await health()).toContain('"status":"ok"');
  await writeFile(file, source.replace('status: "ok"', 'status: "changed"'));
  await until("the changed app", async () => (await health().catch(() => "")).includes("changed"));
});

test("a separate host does the main job with only the settings of the example", async () => {
  // Below the ports that the system gives to servers and clients that ask for any.
  const portBase = 20_000 + Math.floor(Math.random() * 12_000);
  const { addresses } = await untilReady(
    npmRun(...json, "--no-host", "--port-base", `${portBase}`),
  );
  expect(addresses).not.toHaveProperty("functions");
  const app = await mkdtemp(join(tmpdir(), "notify-users-"));
  directories.push(app);
  for (const file of ["host.json", "package.json", "dist/app"]) {
    await cp(join(root, file), join(app, file), { recursive: true });
  }
  const example = await readFile(join(root, "local.settings.json.example"), "utf8");
  // Replaces the example's ports with the ports of this run.
  const moved = example.replace(/:707(\d)/g, (_, digit) => `:${portBase + Number(digit) - 1}`);
  await writeFile(join(app, "local.settings.json"), moved);

  npmRun("host", "--", "--port", String(portBase), "--app", app);
  const functions = `http://127.0.0.1:${portBase}`;
  await until("the host", () => answers(`${functions}/api/health`));

  const stack = { addresses: { ...addresses, functions }, log: () => "", stop: async () => {} };
  const token = await signIn(stack, "alice");
  const phone = iPhone();
  await register(stack, token, phone);
  expect(await insert(stack, token, { text: "hello" })).toMatchObject({ status: 201 });
  await untilShown(stack, phone);

  const second = npmRun("local", "--", "--port-base", String(portBase));
  let stderr = "";
  second.child.stderr?.on("data", (piece) => {
    stderr += piece;
  });
  await second.end("SIGCONT");
  expect(second.child.exitCode).toBe(1);
  expect(stderr).toContain(`A stack runs already: ${functions}. Ctrl-C in its terminal`);
});

test.each([
  ["local", "--port-base", "many", "--port-base must be a whole number from 0 to 65529."],
  ["local", "--port-base", "65530", "--port-base must be a whole number from 0 to 65529."],
  ["local", "--auth", "facebook", "--auth must be tokens or platform."],
  ["host", "--session-seconds", "1.5", "--session-seconds must be a whole number from 1 to"],
  ["host", "--port", "99999", "--port must be a whole number from 0 to 65535."],
  ["host", "--queue-hold", "0", "--queue-hold must be a whole number from 1 to"],
])("npm run %s refuses %s %s and says why", async (script, option, value, sentence) => {
  const run = npmRun(script, "--", option, value);
  let stderr = "";
  run.child.stderr?.on("data", (piece) => {
    stderr += piece;
  });
  await run.end("SIGCONT");
  expect(run.child.exitCode).toBe(1);
  expect(stderr).toContain(sentence);
});
