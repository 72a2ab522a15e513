import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { connect } from "node:http2";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkServerIdentity, connect as connectTls } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type HubEmulator, startHubEmulator } from "../../../local/hubEmulator/emulator.ts";
import { readDeliveries } from "./emulatorUnderTest.ts";
import { atomEntry, callHub, sign } from "./hubClient.ts";

let parent: string;
let directory: string;
let hub: HubEmulator;
let ca: string;

beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), "hub-"));
  directory = join(parent, "certificates");
  hub = await startHubEmulator({
    https: { directory, names: ["hub.test", "10.1.2.3"] },
    httpPort: 0,
  });
  ca = await readFile(hub.authorityFile ?? "", "utf8");
});

afterAll(async () => {
  await hub.stop();
  await rm(parent, { recursive: true });
});

type Headers = Readonly<Record<string, string>>;
type Call = (
  method: string,
  path: string,
  headers?: Headers,
  body?: string,
) => Promise<{ status: number; text: string }>;

const callHttp1: Call = (method, path, headers = {}, body = "") =>
  new Promise((resolve, reject) => {
    const all = { ...headers, authorization: sign(hub) };
    request(`${hub.url}${path}`, { method, headers: all, ca }, (incoming) => {
      let text = "";
      incoming.setEncoding("utf8").on("data", (piece: string) => {
        text += piece;
      });
      incoming.on("end", () => resolve({ status: incoming.statusCode ?? 0, text }));
    })
      .on("error", reject)
      .end(body);
  });

const callHttp2: Call = (method, path, headers = {}, body = "") =>
  new Promise((resolve, reject) => {
    const { origin, pathname } = new URL(hub.url);
    const client = connect(origin, { ca });
    client.on("error", reject);
    const stream = client.request(
      {
        ":method": method,
        ":path": `${pathname}${path}`,
        authorization: sign(hub),
        ...headers,
      },
      { endStream: body === "" },
    );
    let status = 0;
    let text = "";
    stream.on("response", (received) => {
      status = Number(received[":status"]);
    });
    stream.setEncoding("utf8").on("data", (piece: string) => {
      text += piece;
    });
    stream.on("end", () => {
      client.close();
      resolve({ status, text });
    });
    stream.on("error", reject);
    if (body !== "") stream.end(body);
  });

describe.each([
  ["HTTP/1.1", callHttp1],
  ["HTTP/2", callHttp2],
])("a client of %s that trusts the authority", (name, call) => {
  test("registers, sends and deletes", async () => {
    const members = `<Tags>${name.replace("/", "")}</Tags><FcmV1RegistrationId>${name.replace("/", "")}</FcmV1RegistrationId>`;
    const created = await call("POST", "/registrations", {}, atomEntry("FcmV1", members));
    const [, id] = /<RegistrationId>([^<]+)/.exec(created.text) ?? [];
    const headers = {
      "servicebusnotification-format": "fcmv1",
      "servicebusnotification-tags": name.replace("/", ""),
    };
    const body = '{"message":{"notification":{"title":"hello"}}}';
    expect((await call("POST", "/messages", headers, body)).status).toBe(201);
    expect(hub.device(name.replace("/", "")).deliveries()).toMatchObject([{ body }]);
    const removed = await call("DELETE", `/registrations/${id}`, { "if-match": "*" });
    expect(removed.status).toBe(200);
  });
});

test("plain http is served beside https, and shows the same hub", async () => {
  const plain = { connectionString: hub.http?.connectionString ?? "", name: hub.name };
  expect(plain.connectionString).toMatch(/^Endpoint=http:\/\/127\.0\.0\.1:\d+\/;/);
  expect((await callHub(plain, "GET", "/registrations")).status).toBe(200);
  expect(await readDeliveries(hub.http?.url ?? "")).toEqual(hub.deliveries());
});

test("the certificate is for this machine and the given names, and for no others", async () => {
  const socket = connectTls({ port: Number(new URL(hub.url).port), host: "127.0.0.1", ca });
  const certificate = await new Promise<ReturnType<typeof socket.getPeerCertificate>>((resolve) =>
    socket.once("secureConnect", () => resolve(socket.getPeerCertificate())),
  );
  socket.destroy();
  for (const name of ["127.0.0.1", "localhost", "hub.test", "10.1.2.3"]) {
    expect(checkServerIdentity(name, certificate)).toBeUndefined();
  }
  expect(checkServerIdentity("other.test", certificate)).toBeInstanceOf(Error);
});

test("the authority is kept, and its key is its user's alone", async () => {
  const again = await startHubEmulator({ https: { directory } });
  expect(again.authorityFile).toBe(hub.authorityFile);
  expect(await readFile(again.authorityFile ?? "", "utf8")).toBe(ca);
  await again.stop();
  if (process.platform === "win32") return;
  expect((await stat(join(directory, "emulator-ca-key.pem"))).mode & 0o077).toBe(0);
});

test("two emulators that start at once agree on one authority", async () => {
  const fresh = join(parent, "fresh");
  const hubs = await Promise.all(
    Array.from({ length: 4 }, () => startHubEmulator({ https: { directory: fresh } })),
  );
  const trusted = await readFile(join(fresh, "emulator-ca.pem"), "utf8");
  for (const one of hubs) {
    const status = await new Promise((resolve, reject) => {
      request(`${one.url}/_emulator/health`, { ca: trusted }, (incoming) => {
        incoming.resume();
        resolve(incoming.statusCode);
      })
        .on("error", reject)
        .end();
    });
    expect(status).toBe(200);
    await one.stop();
  }
});

test("a directory keeps what else is in it, and a damaged authority is replaced", async () => {
  const own = join(parent, "own");
  await mkdir(join(own, "more"), { recursive: true });
  for (const name of ["ca.pem", "mykey.pem", "more/cert.pem"])
    await writeFile(join(own, name), name);
  for (const damage of ["", "garbage", ca]) {
    if (damage !== "") await writeFile(join(own, "emulator-ca.pem"), damage);
    const one = await startHubEmulator({ https: { directory: `${own}/` } });
    expect(one.authorityFile).toBe(join(own, "emulator-ca.pem"));
    const trusted = await readFile(one.authorityFile ?? "", "utf8");
    const socket = connectTls({
      port: Number(new URL(one.url).port),
      host: "127.0.0.1",
      ca: trusted,
    });
    await new Promise((resolve, reject) => {
      socket.once("secureConnect", resolve).once("error", reject);
    });
    socket.destroy();
    await one.stop();
  }
  expect((await readdir(own)).toSorted()).toEqual([
    "ca.pem",
    "emulator-ca-key.pem",
    "emulator-ca.pem",
    "more",
    "mykey.pem",
  ]);
  expect(await readFile(join(own, "ca.pem"), "utf8")).toBe("ca.pem");
  const file = startHubEmulator({ https: { directory: join(own, "mykey.pem") } });
  await expect(file).rejects.toThrow("can't be kept in");
  for (const name of ["", "a b", "https://x/", "x:7072", "münchen"]) {
    const start = startHubEmulator({ https: { directory: own, names: [name] } });
    await expect(start).rejects.toThrow("neither a host name nor an IP address");
  }
});
