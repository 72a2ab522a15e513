import { cp, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { insert, send, signIn } from "./support/client.ts";
import { startTestHost } from "./support/hosts.ts";
import { type TestStack, useTestStack } from "./support/testStack.ts";
import { until } from "./support/until.ts";

const stack = useTestStack();
const root = join(import.meta.dirname, "..");

/** Sends a request without holding the answer against the contract, which describes no bug. */
function sendAlone({ addresses }: TestStack, token: string, method: string, path: string) {
  return fetch(addresses.functions + path, {
    method,
    headers: { "x-zumo-auth": token, "content-type": "application/json" },
    ...(method === "POST" && { body: JSON.stringify({ text: "not stored" }) }),
  });
}

test("a part that cannot be loaded is logged, makes health 503, and is loaded when it can be", async () => {
  const folder = await mkdtemp(join(tmpdir(), "loading-"));
  for (const name of ["host.json", "package.json", "dist/app"]) {
    await cp(join(root, name), join(folder, name), { recursive: true });
  }
  const app = join(folder, "dist/app");
  const part = (await readdir(app)).find((name) => name.startsWith("features-")) ?? "";
  await rename(join(app, part), join(folder, part));
  const host = await startTestHost(stack(), { appDirectory: folder });
  try {
    const token = await signIn(stack(), "alice");
    const health = await send(host.stack, "GET", "/api/health");
    expect(health).toMatchObject({
      status: 503,
      body: { type: "urn:problem-type:notify-users:not-loaded" },
    });
    expect((await sendAlone(host.stack, token, "POST", "/tables/TodoItem")).status).toBe(500);
    await until("the log", () => host.stack.log().includes('"outcome":"load-failed"'));
    expect(host.stack.log()).toMatch(
      new RegExp(`"load-failed","file":"features.ts","error":.*${part}`),
    );

    await rename(join(folder, part), join(app, part));
    expect((await send(host.stack, "GET", "/api/health")).status).toBe(200);
    expect((await insert(host.stack, token, { text: "stored" })).status).toBe(201);
  } finally {
    await host.stop();
    await rm(folder, { recursive: true });
  }
});

/** Makes a function of JavaScript missing for the app alone, as in an older Node. */
const withoutResolvers = `
const { withResolvers } = Promise;
Object.defineProperty(Promise, "withResolvers", {
  get: () => (/[\\/](src|dist[\\/]app)[\\/]/.test(new Error().stack) ? undefined : withResolvers),
});`;

test("a bug on the way to storage is 500, and logged with its stack", async () => {
  const preload = `data:text/javascript,${encodeURIComponent(withoutResolvers)}`;
  const settings = { NODE_OPTIONS: `--import ${preload}` };
  const host = await startTestHost(stack(), { settings });
  try {
    const token = await signIn(stack(), "alice");
    for (const [method, path] of [
      ["POST", "/tables/TodoItem"],
      ["GET", "/tables/TodoItem"],
      ["DELETE", "/tables/TodoItem/one"],
    ] as const) {
      const answer = await sendAlone(host.stack, token, method, path);
      expect([answer.status, await answer.text()]).toEqual([
        500,
        expect.stringContaining("urn:problem-type:notify-users:internal-error"),
      ]);
    }
    await until("the log", () =>
      /Unexpected: TypeError\s+at .*(httpClient|dist.app)/.test(host.stack.log()),
    );
  } finally {
    await host.stop();
  }
});
