import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { deliveries, iPhone, register, signIn } from "../support/client.ts";
import { count } from "../support/counts.ts";
import { startTestHost, type TestHost } from "../support/hosts.ts";
import { type TestStack, useTestStack } from "../support/testStack.ts";
import { until } from "../support/until.ts";

// Applies docs/extending.md in a copy of this repository, and uses what comes of it.

const root = join(import.meta.dirname, "../..");
const stack = useTestStack(async () => ({}), false);
const run = promisify(execFile);
let folder = "";
let host: TestHost;

/** Runs a program of the copy. @returns its exit code and what it printed */
async function program(file: string, args: readonly string[] = [], env: object = {}) {
  const options = { cwd: folder, env: { ...process.env, ...env } };
  return run(process.execPath, [join(folder, file), ...args], options).then(
    ({ stdout, stderr }) => ({ code: 0, said: stdout + stderr }),
    (error: unknown) => {
      const { code, stdout, stderr } = Object(error);
      return { code: Number(code), said: `${stdout}${stderr}` };
    },
  );
}

const changedByHand = ["src/tables/note.ts", "src/tables.ts"];
const platformsFile = "src/platforms/platforms.ts";
const generated = [
  "docs/openapi.yaml",
  "docs/api.md",
  "infra/tables.json",
  "clients/typescript/contract.ts",
];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "extending-"));
  const names = ["src", "build", "cli", "clients", "diagnosis", "docs", "infra", "local", "ops"];
  for (const name of [...names, "test", "biome.json", "knip.json", "redocly.yaml"]) {
    await cp(join(root, name), join(folder, name), {
      recursive: true,
      filter: (from) => !/(clients[\\/]typescript|local[\\/]hubEmulator)[\\/]dist$/.test(from),
    });
  }
  for (const name of [
    ".gitignore",
    "tsconfig.json",
    "package.json",
    "host.json",
    "vitest.config.ts",
  ]) {
    await cp(join(root, name), join(folder, name));
  }
  await symlink(join(root, "node_modules"), join(folder, "node_modules"), "junction");

  const page = await readFile(join(root, "docs/extending.md"), "utf8");
  const files = [...page.matchAll(/`(src\/[\w/]+\.ts)`\*\*[^\n]*\n\n```ts\n(.*?)```/gs)];
  expect(files.map(([, name]) => name)).toEqual(changedByHand);
  for (const [, name = "", text = ""] of files) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  await addPlatform(page);
  const stale = await program("build/generate.ts", ["--check"]);
  expect(stale).toMatchObject({ code: 1, said: expect.stringContaining("Run: npm run generate") });
  expect(await program("build/generate.ts")).toMatchObject({ code: 0, said: "" });
  expect(await program("build/generate.ts", ["--check"])).toMatchObject({ code: 0, said: "" });
  expect(await program("build/bundle.ts")).toMatchObject({ code: 0 });
  host = await startTestHost(stack(), {
    appDirectory: folder,
    settings: { Limits__writesPerMinute: "8", Limits__writesAtOnce: "8" },
  });
});
afterAll(async () => {
  await host?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Adds the platform of docs/extending.md to the copy: its file, its name and its entry. */
async function addPlatform(page: string): Promise<void> {
  const [, name = "", entry = ""] =
    /`(src\/platforms\/\w+\.ts)`:\n.*?```ts\n(.*?)```/s.exec(page) ?? [];
  await writeFile(join(folder, name), entry);
  const list = await readFile(join(folder, platformsFile), "utf8");
  const added = list
    .replace("import", 'import { adm } from "./adm.ts";\nimport')
    .replace('"fcmv1"]', '"fcmv1", "adm"]')
    .replace("apns, fcmv1 }", "apns, fcmv1, adm }");
  await writeFile(join(folder, platformsFile), added);
}

/** Sends a request to the copy. The contract of this repository knows no table of the copy. */
async function call(
  { addresses }: TestStack,
  token: string,
  method: string,
  path: string,
  { body, headers = {} }: { body?: unknown; headers?: Record<string, string> } = {},
) {
  const response = await fetch(addresses.functions + path, {
    method,
    headers: { "x-zumo-auth": token, "content-type": "application/json", ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const parsed: unknown = text === "" ? undefined : JSON.parse(text);
  return { status: response.status, headers: response.headers, body: parsed };
}

test("a second table is one new file, one entry, and what npm run generate writes", async () => {
  const { stdout } = await run("git", ["ls-files"], { cwd: root }).catch(() => ({ stdout: "" }));
  const changed: string[] = [];
  for (const name of stdout.split("\n").filter(Boolean)) {
    const copied = await readFile(join(folder, name)).catch(() => undefined);
    const own = await readFile(join(root, name)).catch(() => undefined);
    if (copied !== undefined && own !== undefined && !copied.equals(own)) changed.push(name);
  }
  if (stdout !== "")
    expect(changed.toSorted()).toEqual([...generated, "src/tables.ts", platformsFile].toSorted());
  const contract = await readFile(join(folder, "docs/openapi.yaml"), "utf8");
  for (const id of ["insertNote", "listNotes", "getNote", "updateNote", "deleteNote"]) {
    expect(contract).toContain(`operationId: ${id}\n`);
  }
  expect(JSON.parse(await readFile(join(folder, "infra/tables.json"), "utf8"))).toContain("Note");
});

test("the copy passes the checks of types and of the contract, and in a long run all", async () => {
  const compiler = join(root, "node_modules/typescript/bin/tsc");
  const types = await run(process.execPath, [compiler, "--pretty", "false"], { cwd: folder }).catch(
    (error: unknown) => ({ stdout: String(Object(error).stdout) }),
  );
  expect(types.stdout).toBe("");
  expect(await program("build/lintContract.ts")).toMatchObject({ code: 0 });
  expect(await program("build/checkFolders.ts")).toMatchObject({ code: 0 });
  if (count(0, 1) === 0) return;
  await run("git", ["init", "-q"], { cwd: folder });
  for (const tool of ["@biomejs/biome/bin/biome", "knip/bin/knip.js"]) {
    const args = tool.startsWith("knip") ? [] : ["check", "."];
    const file = join(root, "node_modules", tool);
    const { stdout } = await run(process.execPath, [file, ...args], { cwd: folder });
    expect(stdout).not.toContain("error");
  }
});

test("npm run generate names what is wrong with the tables, and writes nothing", async () => {
  const list = join(folder, "src/tables.ts");
  const [before, contract] = await Promise.all(
    [list, join(folder, "docs/openapi.yaml")].map((file) => readFile(file, "utf8")),
  );
  for (const [definition, said] of [
    [`"Problem", { members: {}, example: {} }`, "are called Problem: rename a table"],
    [`"Device", { members: {}, example: {} }`, "another function is called listDevices"],
    [`"Bound", { members: { a: integer({ default: 9, most: 5 }) }, example: {} }`, "its default"],
  ]) {
    const own = `${before}
import { integer } from "./rows/memberKinds.ts";
import { defineTable } from "./rows/table.ts";
export const kinds = integer;
Object.assign(tables, [defineTable(${definition})]);
`;
    await writeFile(list, own);
    const generated = await program("build/generate.ts");
    expect(generated).toMatchObject({ code: 1, said: expect.stringContaining(said ?? "") });
    expect(await readFile(join(folder, "docs/openapi.yaml"), "utf8")).toBe(contract);
  }
  await writeFile(list, before ?? "");
});

test("all five routes answer, an urgent note reaches the phone, and a calm one tells no device", async () => {
  const token = await signIn(stack(), "alice");
  const phone = iPhone();
  await register(host.stack, token, phone);
  const body = { id: "bank", text: "Call the bank", mood: "urgent" };
  const first = await call(host.stack, token, "POST", "/tables/Note", { body });
  expect(first).toMatchObject({
    status: 201,
    body: { ...body, priority: 5, due: null, createdAt: expect.any(String) },
  });
  expect(first.headers.get("location")).toBe("/tables/Note/bank");
  const again = await call(host.stack, token, "POST", "/tables/Note", { body });
  expect(again).toMatchObject({ status: 201, body: first.body });
  await until("the notification", async () => (await deliveries(stack(), phone.handle)).length > 0);
  expect((await deliveries(stack(), phone.handle)).map((one) => JSON.parse(one.body))).toEqual([
    { aps: { alert: "Call the bank" }, noteId: "bank" },
  ]);
  const calm = { id: "tea", text: "Drink tea", priority: 2, due: "2026-12-24T19:00:00+01:00" };
  expect(await call(host.stack, token, "POST", "/tables/Note", { body: calm })).toMatchObject({
    status: 201,
    body: { mood: "calm", due: "2026-12-24T18:00:00.000Z" },
  });
  // The same id with other content is a conflict, also if no device was told.
  const other = await call(host.stack, token, "POST", "/tables/Note", {
    body: { ...calm, text: "Drink coffee" },
  });
  expect(other.status).toBe(409);

  const list = (query: string) => call(host.stack, token, "GET", `/tables/Note?${query}`);
  expect(await list("$filter=priority%20lt%205&$select=id")).toMatchObject({
    status: 200,
    body: [{ id: "tea" }],
  });
  expect(await list("$orderby=due%20desc&$select=id")).toMatchObject({
    body: [{ id: "tea" }, { id: "bank" }],
  });
  const read = await call(host.stack, token, "GET", "/tables/Note/tea");
  expect(read).toMatchObject({ status: 200, body: calm.id === "tea" ? { id: "tea" } : {} });
  const changed = await call(host.stack, token, "PATCH", "/tables/Note/tea", {
    body: { due: null },
    headers: { "if-match": read.headers.get("etag") ?? "" },
  });
  expect(changed).toMatchObject({ status: 200, body: { id: "tea", due: null, priority: 2 } });
  expect(await call(host.stack, token, "GET", "/tables/Note/tea")).toMatchObject({
    body: changed.body,
  });
  expect(await call(host.stack, token, "DELETE", "/tables/Note/tea")).toMatchObject({
    status: 204,
  });
  expect(await call(host.stack, token, "GET", "/tables/Note/tea")).toMatchObject({ status: 404 });
  expect(await deliveries(stack(), phone.handle)).toHaveLength(1);
});

test("every fault of a note is named", async () => {
  const token = await signIn(stack(), "bob");
  const body = { text: "", mood: "angry", priority: 1.5, due: "soon", color: "red" };
  const refused = await call(host.stack, token, "POST", "/tables/Note", { body });
  expect(refused.status).toBe(400);
  const { errors } = Object(refused.body);
  expect(errors.map(({ pointer }: { pointer: string }) => pointer)).toEqual([
    "#/text",
    "#/mood",
    "#/priority",
    "#/due",
    "#/color",
  ]);
});

test("writes of notes beyond the limit are 429, and forgetting leaves none of them", async () => {
  const token = await signIn(stack(), "carol");
  const statuses: number[] = [];
  for (let index = 0; index < 10; index++) {
    const body = { id: `note-${index}`, text: "x" };
    statuses.push((await call(host.stack, token, "POST", "/tables/Note", { body })).status);
  }
  expect(statuses.slice(0, 8)).toEqual(Array(8).fill(201));
  expect(statuses).toContain(429);
  // Another host has buckets of its own.
  const other = await startTestHost(stack(), { appDirectory: folder });
  await until("the end", async () => {
    const { status } = await call(other.stack, token, "DELETE", "/api/me");
    return status === 204;
  });
  expect(await call(other.stack, token, "GET", "/tables/Note")).toMatchObject({ body: [] });

  // For an operator too.
  const body = { id: "left", text: "x" };
  await call(other.stack, token, "POST", "/tables/Note", { body });
  const { hub, storage } = stack().addresses;
  const settings = {
    NotificationHub__connectionString: hub.connectionString,
    NotificationHub__name: hub.name,
    AzureWebJobsStorage: storage,
  };
  expect(
    await program("ops/forget.ts", ["--user", "local:carol", "--yes"], settings),
  ).toMatchObject({
    code: 0,
    said: expect.stringContaining("Rows of Note deleted: 1"),
  });
  expect(await call(other.stack, token, "GET", "/tables/Note")).toMatchObject({ body: [] });
  await other.stop();
});

test("why explains a row of the table", async () => {
  const token = await signIn(stack(), "dave");
  await call(host.stack, token, "POST", "/tables/Note", { body: { id: "calm", text: "x" } });
  const { issuer, hub, storage } = stack().addresses;
  const settings = {
    NotificationHub__connectionString: hub.connectionString,
    NotificationHub__name: hub.name,
    AzureWebJobsStorage: storage,
    Auth__local__issuer: issuer,
    Auth__local__audience: "notify-users",
  };
  const ask = (...args: string[]) =>
    program("ops/why.ts", ["--user", "local:dave", "--item", "calm", ...args], settings);
  expect((await ask("--table", "Note")).said).toContain("The table Note announces nothing of it.");
  expect((await ask()).said).toContain("--item needs --table");
  expect((await ask("--table", "Nothing")).said).toContain("--table must be TodoItem or Note.");
});

test("the Device Lab of the copy lists the table", async () => {
  const file = join(folder, "local/deviceLab/deviceLab.ts");
  const { startDeviceLab } = await import(/* @vite-ignore */ file);
  const lab = await startDeviceLab(0);
  lab.open(host.stack.addresses, false);
  const addresses: unknown = await (await fetch(`${lab.url}/addresses`)).json();
  await lab.stop();
  expect(addresses).toMatchObject({
    tables: [{ name: "TodoItem" }, { name: "Note", example: { text: "Call the bank" } }],
  });
});

test("outside tables/ and tables.ts, no file of src/ or ops/ names a table of the app", async () => {
  const { stdout } = await run("git", ["grep", "-n", "-i", "todoitem", "--", "src", "ops"], {
    cwd: root,
  }).catch((error: unknown) => ({ stdout: String(Object(error).stdout ?? "") }));
  const named = stdout
    .split("\n")
    .filter(Boolean)
    .filter((line) => !/^src\/tables(\.ts|\/)/.test(line))
    // Comments of functions/ name the function for a reader who looks for it, and comments of the engine an example.
    .filter((line) => !/^[^:]+:\d+:\s*(?:\/\*\*|\*|\/\/)/.test(line));
  expect(named).toEqual([]);
});

test("a platform is one entry: it registers, receives, and stands in what became of a message", async () => {
  const token = await signIn(host.stack, "amazon");
  const registered = await call(host.stack, token, "POST", "/api/register_notifications", {
    body: { platform: "kindle", admRegistrationId: "amzn1.adm-registration.v2.x" },
    headers: { "x-zumo-installation-id": "a-kindle" },
  });
  expect(registered).toMatchObject({ status: 200, body: { platform: "kindle" } });
  const message = { id: "to-amazon", to: { user: "local:amazon" }, title: "T", text: "x" };
  expect(await call(host.stack, "", "POST", "/api/notifications", { body: message })).toMatchObject(
    {
      status: 202,
    },
  );
  const arrived = await deliveries(host.stack, "amzn1.adm-registration.v2.x");
  expect(arrived.map(({ platform, body }) => ({ platform, body: JSON.parse(body) }))).toEqual([
    {
      platform: "adm",
      body: {
        data: { title: "T", text: "x", notificationId: "to-amazon" },
        consolidationKey: expect.stringMatching(/^[0-9a-f]{16}$/),
      },
    },
  ]);
  const outcome = await call(host.stack, "", "GET", "/api/notifications/to-amazon");
  expect(outcome.body).toMatchObject({
    state: "done",
    notificationIds: { adm: expect.any(String), wns: expect.any(String) },
  });
  const devices = await call(host.stack, token, "GET", "/api/devices");
  expect(devices.body).toMatchObject({ devices: [{ platform: "adm" }] });
});
