import { mkdtemp, rm } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type HubEmulator, startHubEmulator } from "../../../local/hubEmulator/emulator.ts";
import { atomEntry, callHub, sign } from "./hubClient.ts";
import { runProgram, startProgram } from "./program.ts";

const entry = atomEntry("FcmV1", "<Tags>news</Tags><FcmV1RegistrationId>h</FcmV1RegistrationId>");
const fcm = { "servicebusnotification-format": "fcmv1", "servicebusnotification-tags": "news" };

/** Registers a phone with a hub and sends to it. */
async function notify(hub: HubEmulator, name: string): Promise<void> {
  const address = { connectionString: hub.connectionString, name };
  await callHub(address, "POST", "/registrations", { body: entry });
  const body = '{"message":{"data":{}}}';
  await callHub(address, "POST", "/messages", { body, headers: fcm });
}

test("several hubs in one namespace share nothing but the keys", async () => {
  const hub = await startHubEmulator({ hubs: ["one", "two"] });
  await notify(hub, "two");
  expect([hub.name, hub.hub("two").name]).toEqual(["one", "two"]);
  expect(hub.deliveries()).toEqual([]);
  expect(hub.hub("TWO").deliveries()).toHaveLength(1);
  const three = { connectionString: hub.connectionString, name: "three" };
  expect((await callHub(three, "GET", "/registrations")).status).toBe(404);
  expect(() => hub.hub("three")).toThrow("three");
  await hub.stop();
});

test("--any-hub creates a hub when a client with a valid signature first uses it", async () => {
  const hub = await startHubEmulator({ anyHub: true });
  const unsigned = await fetch(`${hub.url.replace("notify-users", "new")}/registrations`);
  expect(unsigned.status).toBe(401);
  await notify(hub, "new");
  expect(hub.hub("new").deliveries()).toHaveLength(1);
  // An unsigned request creates no hub.
  for (const path of ["favicon.ico", "unsigned/registrations", "unsigned/_emulator/deliveries"]) {
    await fetch(`${new URL(hub.url).origin}/${path}`);
  }
  expect((await fetch(`${new URL(hub.url).origin}/unsigned/_emulator/health`)).status).toBe(404);
  expect((await fetch(`${new URL(hub.url).origin}/_emulator/health`)).status).toBe(200);
  const bad = { connectionString: hub.connectionString, name: "-bad-" };
  expect((await callHub(bad, "GET", "/registrations")).status).toBe(404);
  await hub.stop();
});

test("each hub has its own data in one directory, those on the fly too", async () => {
  const dataDirectory = await mkdtemp(join(tmpdir(), "hub-"));
  const first = await startHubEmulator({ hubs: ["one", "two"], anyHub: true, dataDirectory });
  const long = "a".repeat(260);
  for (const name of ["two", "new", long]) await notify(first, name);
  await first.stop();
  const second = await startHubEmulator({ hubs: ["one"], anyHub: true, dataDirectory });
  for (const [name, total] of [
    ["one", "0"],
    ["two", "1"],
    ["new", "1"],
    [long, "1"],
  ] as const) {
    const { headers } = await fetch(`${second.hub(name).url}/_emulator/registrations`);
    expect([name, headers.get("x-total-count")]).toEqual([name, total]);
  }
  await second.stop();
  await rm(dataDirectory, { recursive: true });
});

test("on all addresses, only allowed host names may use the simulated world", async () => {
  const hub = await startProgram("--host", "0.0.0.0", "--allow-host", "Hub.Local", "--hub", "a");
  expect(hub.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/a$/);
  const statusWith = (host: string): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      request(`${hub.url}/_emulator/health`, { headers: { host } }, (incoming) => {
        incoming.resume();
        resolve(incoming.statusCode);
      })
        .on("error", reject)
        .end();
    });
  expect(await statusWith("hub.local:7072")).toBe(200);
  expect(await statusWith("127.0.0.1")).toBe(200);
  expect(await statusWith("evil.example")).toBe(403);
  await hub.end("SIGTERM");
});

test("a client under another host name signs for that name", async () => {
  const hub = await startHubEmulator({ allowedHosts: ["hub"] });
  const audience = encodeURIComponent("http://hub/");
  const authorization = sign(hub, { audience });
  const status = await new Promise((resolve, reject) => {
    const headers = { host: "hub", authorization };
    request(`${hub.url}/registrations`, { headers }, (incoming) => {
      incoming.resume();
      resolve(incoming.statusCode);
    })
      .on("error", reject)
      .end();
  });
  expect(status).toBe(200);
  await hub.stop();
});

test.each([
  [["--service", "2019"], "--service must be current or 2022."],
  [["--name", "hub.local"], "--name requires --https."],
  [["--http", "0"], "--http requires --https."],
  [["--https", "cert.pem"], "--https requires no files or two"],
  [["--hub", "a", "--hub", "b/c"], "b/c is not a valid hub name."],
  [["surplus"], "surplus is not an option."],
  [["--http", "x", "--https"], "--http must be a whole number"],
  [["--port", "0x50"], "--port must be a whole number"],
  [["--host", ""], "The host must be an address"],
  [["--data", ""], "The data directory must have a name."],
  [["--data", "package.json"], "can't be kept in"],
  [["--rule", "DefaultFullSharedAccessSignature:k:Listen"], "two access rules with the name"],
  [["--rule", "a:k:Listen", "--rule", "a:l:Send"], "two access rules with the name a."],
  [["--https", "package.json", "package.json"], "are not a certificate and its key"],
  [["--https", "package.json", "package.json", "--name", "a"], "--name is not for a certificate"],
])("refuses %j", async (args, sentence) => {
  const { code, output } = await runProgram(...args);
  expect([code, output]).toEqual([1, expect.stringContaining(sentence)]);
});

test("two processes do not write to one directory, whatever their folder for temporary files", async () => {
  const dataDirectory = await mkdtemp(join(tmpdir(), "hub-"));
  const first = await startProgram("--data", dataDirectory);
  const own = process.env["TMPDIR"];
  process.env["TMPDIR"] = dataDirectory;
  const { code, output } = await runProgram("--port", "0", "--data", dataDirectory);
  if (own === undefined) delete process.env["TMPDIR"];
  else process.env["TMPDIR"] = own;
  expect([code, output]).toEqual([1, expect.stringContaining("Another process uses the data")]);
  await first.end("SIGTERM");
  await rm(dataDirectory, { recursive: true });
});

test("pages of an allowed origin may use the simulated world, and no others", async () => {
  const lab = "http://127.0.0.1:7077";
  const hub = await startHubEmulator({ corsOrigins: [lab] });
  const ask = async (method: string, origin: string): Promise<(string | null)[]> => {
    const { status, headers } = await fetch(`${hub.url}/_emulator/faults`, {
      method,
      headers: { origin },
    });
    return [String(status), headers.get("access-control-allow-origin")];
  };
  expect(await ask("GET", lab)).toEqual(["200", lab]);
  expect(await ask("OPTIONS", lab)).toEqual(["204", lab]);
  expect(await ask("GET", "http://127.0.0.1:7078")).toEqual(["200", null]);
  expect(await ask("OPTIONS", "http://evil.example")).toEqual(["404", null]);
  const { headers } = await fetch(`${hub.url}/registrations`, { headers: { origin: lab } });
  expect(headers.get("access-control-allow-origin")).toBeNull();
  await hub.stop();
});
