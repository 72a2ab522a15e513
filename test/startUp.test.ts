import { execFile } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "..");

/** One setting of each kind, with an invalid value. */
const malformed = {
  AzureWebJobsStorage: "AccountName=secret",
  NotificationHub__connectionString: "Endpoint=sb://secret/",
  NotificationHub__name: "../secret",
  Auth__google__audience: "secret",
  Auth__google__issuer: "http://secret.example.com",
  Auth__google__jwksUri: "secret",
  Auth__entra__tenantId: "secret",
  Push__platforms: "secret",
  Delivery__retrySeconds: "secret",
};

const identity = {
  AzureWebJobsStorage__accountName: "SECRET",
  AzureWebJobsStorage__credential: "secret",
  AzureWebJobsStorage__clientId: "secret",
};

/** Starts the built app with only these settings. @returns its exit code and output */
function start(settings: Readonly<Record<string, string>>) {
  const { PATH = "" } = process.env;
  const args = ["local/functionsHost/main.ts", "--port", "0", "--no-local-settings", "--app", root];
  return new Promise<{ code: number | null; said: string }>((resolve) => {
    const options = { cwd: root, env: { PATH, ...settings } };
    const child = execFile(process.execPath, args, options, (_, stdout, stderr) =>
      resolve({ code: child.exitCode, said: stdout + stderr }),
    );
  });
}

const empty = Object.fromEntries(Object.keys(malformed).map((name) => [name, ""]));
const required = ["AzureWebJobsStorage", "NotificationHub__connectionString"];

test.concurrent.each([
  ["missing", {}, [...required, "NotificationHub__name", "Auth__NAME__audience"]],
  ["empty", empty, Object.keys(malformed).filter((name) => name !== "Auth__google__issuer")],
  [
    "malformed",
    malformed,
    Object.keys(malformed).filter((name) => name !== "Auth__google__audience"),
  ],
  ["malformed, with an identity", { ...malformed, ...identity }, Object.keys(identity)],
])(
  "if settings are %s, the app stops at start-up with one error that names them",
  async (_, settings, names) => {
    const { code, said } = await start(settings);
    expect(code).toBe(1);
    expect(said.match(/The app did not start/g)).toHaveLength(1);
    for (const name of names) expect(said).toMatch(new RegExp(`[.:] ${name}( |__)`));
    expect(said).not.toMatch(/secret/i);
    expect(said).not.toContain("ready on");
  },
);
