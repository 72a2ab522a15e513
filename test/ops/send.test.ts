import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { noteStack } from "../../cli/runningStack.ts";
import { settingsFor } from "../../local/stack.ts";
import {
  androidPhone,
  deliveries,
  iPhone,
  register,
  setFaults,
  signIn,
  type TestDevice,
  windowsDevice,
} from "../support/client.ts";
import { closedPort } from "../support/closedPort.ts";
import { startTestHost } from "../support/hosts.ts";
import { useTestStack } from "../support/testStack.ts";

const root = join(import.meta.dirname, "../..");
const stack = useTestStack();

const env = Object.fromEntries(
  Object.entries(process.env).filter(
    ([name]) => !/^(AzureWebJobsStorage|NotificationHub__|SEND_KEY)/.test(name),
  ),
);

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "send-"));
});
afterAll(() => rm(directory, { recursive: true }));

function send(
  args: readonly string[],
  more: Record<string, string> = {},
): Promise<{ code: number | null; said: string }> {
  return new Promise((resolve) => {
    const all = [join(root, "ops/send.ts"), ...args];
    const options = { cwd: directory, env: { ...env, ...more } };
    const child = execFile(process.execPath, all, options, (_, stdout, stderr) =>
      resolve({ code: child.exitCode, said: stderr + stdout }),
    );
  });
}

async function someone(user: string, device: TestDevice): Promise<TestDevice> {
  await register(stack(), await signIn(stack(), user), device);
  return device;
}

const text = ["--title", "Polls", "--text", "are open"];
const arrivedOn = ({ handle }: TestDevice) => deliveries(stack(), handle);
const shownOn = async ({ handle }: TestDevice) =>
  (await deliveries(stack(), handle)).map(({ body }) => JSON.parse(body));

test("sends to a user of the local stack, which it finds, and to an address", async () => {
  const phone = await someone("alice", iPhone());
  const none = await send(["--user", "local:alice", ...text]);
  expect(none).toMatchObject({ code: 1, said: expect.stringMatching(/^No functions run in this/) });

  const { functions, hub } = stack().addresses;
  const forget = await noteStack(directory, {
    address: functions,
    functions,
    hubUrl: hub.url,
    settings: settingsFor(stack().addresses),
    overridden: [],
  });
  const sent = await send(["--user", "local:alice", ...text, "--id", "one", "--data", "a=b=c"]);
  await forget();
  expect(sent).toEqual({
    code: 0,
    said: `${functions} has accepted the message one.\nThe hub has it. Whether a device received it, the platforms know.\n`,
  });
  expect(await shownOn(phone)).toMatchObject([{ a: "b=c" }]);
  // Repeated, it is sent once.
  const args = ["--url", `${functions}/`, "--user", "local:alice", ...text];
  expect(await send([...args, "--id", "one", "--data", "a=b=c"])).toMatchObject({ code: 0 });
  expect(await shownOn(phone)).toHaveLength(1);
});

test("sends to a topic and to everyone", async () => {
  const reader = androidPhone();
  await someone("bob", { ...reader, body: { ...reader.body, topics: ["world"] } });
  const url = ["--url", stack().addresses.functions];
  expect(await send([...url, "--topic", "world", ...text])).toMatchObject({ code: 0 });
  expect(await send([...url, "--everyone", ...text])).toMatchObject({ code: 0 });
  expect(await shownOn(reader)).toHaveLength(2);
});

test("prints each platform's payload and its size, and sends nothing", async () => {
  const phone = await someone("carol", iPhone());
  const settings = { ...settingsFor(stack().addresses), Push__appleTitle: "true" };
  const args = ["--user", "local:carol", "--title", "Ünïcode", "--text", "x".repeat(5_000)];
  const { code, said } = await send([...args, "--dry-run"], settings);
  expect(code).toBe(0);
  const sizes = [...said.matchAll(/^(\w+): (\d+) bytes of at most 4096$/gm)];
  expect(sizes.map(([, platform]) => platform)).toEqual(["wns", "apns", "fcmv1"]);
  const bodies = said.split("\n").filter((line) => /^ {2}[<{]/.test(line));
  expect(bodies.map((line) => String(Buffer.byteLength(line.trim())))).toEqual(
    sizes.map(([, , size]) => size),
  );
  expect(said).toContain('"alert":{"title":"Ünïcode"');
  expect(said).toContain("  apns-push-type: alert");
  expect(said).toMatch(/Nothing is sent\.\n$/);
  expect(await shownOn(phone)).toEqual([]);
  // A deployment's settings are not known here.
  const away = await send(["--url", await closedPort(), ...args, "--dry-run"]);
  expect(away).toMatchObject({ code: 0, said: expect.stringMatching(/^Without the settings of/) });
  const unknown = await send(["--user", "google:carol", ...text, "--dry-run"], settings);
  expect(unknown).toMatchObject({ code: 1, said: expect.stringContaining("no provider google") });
});

test("takes every member, and prints what the hub then receives, to the letter", async () => {
  const settings = settingsFor(stack().addresses);
  const devices = [
    await someone("dora", windowsDevice()),
    await someone("dora", iPhone()),
    await someone("dora", androidPhone()),
  ];
  const shown = [...text, "--image", "https://example.com/a.png", "--link", "myapp://x?a&b"];
  shown.push("--badge", "3", "--sound", "chime.caf", "--group", "g", "--replaces", "k");
  shown.push("--category", "REPLY", "--urgency", "normal", "--expires", "0");
  shown.push("--platforms", '{"apns":{"aps":{"relevance-score":0.5}}}');
  for (const [id, members] of [
    ["all", shown],
    ["silent", ["--silent", "--data", "a=b"]],
  ] as const) {
    const args = ["--user", "local:dora", ...members, "--id", id];
    const printed = await send([...args, "--dry-run"], settings);
    expect(printed).toMatchObject({ code: 0 });
    const before = await Promise.all(devices.map(async (one) => (await arrivedOn(one)).length));
    const sent = await send(["--url", stack().addresses.functions, ...args]);
    expect(sent).toMatchObject({ code: 0 });
    for (const [index, device] of devices.entries()) {
      const arrived = (await arrivedOn(device)).slice(before[index]);
      expect(arrived.length).toBeGreaterThan(0);
      for (const { headers, body } of arrived) {
        const lines = Object.entries(headers)
          .filter(([name]) => /^(?:apns|x-wns)-/.test(name))
          .map(([name, value]) => `${name}: ${value}`);
        expect(printed.said).toContain(`\n  ${body}\n`);
        for (const line of lines) expect(printed.said.toLowerCase()).toContain(`  ${line}\n`);
      }
    }
  }
});

test("says why a message is not sent", async () => {
  const { functions } = stack().addresses;
  const url = ["--url", functions];
  const nowhere = await closedPort();
  for (const [args, sentence] of [
    [text, "Give --user, --topic or --everyone."],
    [["--user", "local:a", "--everyone", ...text], "Give --user, --topic or --everyone."],
    [["--everyone", "--title", "t"], "Give --title and --text, or --silent."],
    [["--everyone", ...text, "--data", "x"], "--data must be NAME=VALUE."],
    [["--everyone", ...text, "--platforms", "{"], "--platforms must be JSON."],
    [[...url, "--everyone", ...text, "--badge", "many"], "(400). badge must be a whole number"],
    [[...url, "--everyone", ...text, "--silent"], "it must have no title"],
    [["--url", "localhost:7071", "--everyone", ...text], "such as http://localhost:7071."],
    [["--url", "app.example", "--everyone", ...text], "such as https://app.example."],
    [["--url", nowhere, "--everyone", ...text], `${nowhere} is unreachable`],
    [["--url", `${functions}/nowhere`, "--everyone", ...text], "(404). Check the URL."],
    [[...url, "--topic", "weather", ...text], "(400). to.topic must be"],
    [[...url, "--user", "google:alice", ...text], "(400). The app has no provider google."],
  ] as const) {
    const { code, said } = await send(args);
    expect([args, code, said]).toEqual([args, 1, expect.stringContaining(sentence)]);
  }
  await setFaults(stack(), { match: { platform: "apple" }, status: 413 });
  const refused = await send([...url, "--user", "local:alice", ...text]);
  await setFaults(stack());
  expect(refused).toMatchObject({
    code: 1,
    said: expect.stringContaining("It was given up. The hub refuses its payload for apns."),
  });
});

test("takes the function key from a variable, and never repeats it", async () => {
  const host = await startTestHost(stack(), { key: "right-key" });
  const args = ["--url", host.stack.addresses.functions, "--everyone", ...text];
  expect(await send(args)).toMatchObject({
    code: 1,
    said: expect.stringContaining("(401). Set the variable SEND_KEY"),
  });
  expect(await send(args, { SEND_KEY: " right-key\n" })).toMatchObject({ code: 0 });
  for (const SEND_KEY of ["wrong-key", "wrong\nkey", "wröng-key"]) {
    const { code, said } = await send(args, { SEND_KEY });
    expect(code).toBe(1);
    for (const part of ["wrong", "wröng", "right"]) expect(said).not.toContain(part);
  }
  await host.stop();
});
