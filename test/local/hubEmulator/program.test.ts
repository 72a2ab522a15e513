import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { callHub, sign } from "./hubClient.ts";
import { runProgram, startProgram } from "./program.ts";
import { selfSignedCertificate } from "./selfSignedCertificate.ts";

test.concurrent("prints its address and how to connect, and stops on SIGTERM", async () => {
  const hub = await startProgram();
  expect(hub.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/notify-users$/);
  expect(hub.connectionString).toMatch(
    /^Endpoint=http:\/\/127\.0\.0\.1:\d+\/;SharedAccessKeyName=DefaultFullSharedAccessSignature;SharedAccessKey=bm90aWZ5LXVzZXJzLWxvY2FsLWRldmVsb3BtZW50LWtleQ==$/,
  );
  expect(hub.name).toBe("notify-users");
  expect((await callHub(hub, "GET", "/registrations")).status).toBe(200);
  expect(await hub.end("SIGTERM")).toBe(0);
});

test.concurrent("accepts another hub name and more access rules", async () => {
  const hub = await startProgram("--hub", "Other.Hub", "--rule", "app:a2V5:Listen,Send");
  expect(hub.url).toMatch(/\/Other\.Hub$/);
  const authorization = sign(hub, { keyName: "app", key: "a2V5" });
  const list = (path: string) => fetch(`${hub.url}${path}`, { headers: { authorization } });
  expect((await list("/registrations/1-1-1")).status).toBe(404);
  expect((await list("/registrations")).status).toBe(403);
  expect(await hub.end("SIGINT")).toBe(0);
});

test.concurrent("serves https with a certificate", async () => {
  const directory = await mkdtemp(join(tmpdir(), "hub-"));
  const { cert, key } = selfSignedCertificate();
  await writeFile(join(directory, "cert.pem"), cert);
  await writeFile(join(directory, "key.pem"), key);
  const hub = await startProgram(
    "--https",
    join(directory, "cert.pem"),
    join(directory, "key.pem"),
  );
  expect(hub.url).toMatch(/^https:/);
  expect(hub.connectionString).toMatch(/^Endpoint=sb:/);
  const headers = { authorization: sign(hub) };
  const status = await new Promise((resolve, reject) => {
    request(`${hub.url}/registrations`, { ca: cert, headers }, (incoming) => {
      incoming.resume();
      resolve(incoming.statusCode);
    })
      .on("error", reject)
      .end();
  });
  expect(status).toBe(200);
  await hub.end("SIGTERM");
  await rm(directory, { recursive: true });
});

test.concurrent.each([
  [["--port", "many"], "--port"],
  [["--https", "cert.pem"], "--https"],
  [["--hub", "a/b"], "a/b"],
  [["--colour", "red"], "--colour"],
])("refuses %j with an error sentence", async (args, sentence) => {
  const { code, output } = await runProgram(...args);
  expect(code).toBe(1);
  expect(output).toContain(sentence);
  expect(output).not.toContain("    at ");
});

test.concurrent("refuses a port that is in use", async () => {
  const hub = await startProgram();
  const { code, output } = await runProgram("--port", new URL(hub.url).port);
  expect(code).toBe(1);
  expect(output).toContain(new URL(hub.url).port);
  await hub.end("SIGTERM");
});

test.concurrent("prints its usage for --help", async () => {
  const { code, output } = await runProgram("--help");
  expect(code).toBe(0);
  expect(output).toContain("--data DIR");
});
