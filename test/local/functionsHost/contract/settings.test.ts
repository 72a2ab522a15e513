import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { until } from "../../../support/until.ts";
import { type HostUnderTest, otherHost, sendRaw, startHost } from "./hostUnderTest.ts";

/* What settings, host.json and local.settings.json change. Only the local host can be started with them here. */

const folders: string[] = [];
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));

/** Makes a copy of the fixture app with these files. It lies where Node finds the project's packages. */
async function makeApp(files: Readonly<Record<string, unknown>>): Promise<string> {
  const cache = join(import.meta.dirname, "../../../../node_modules/.cache");
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(join(cache, "contract-"));
  folders.push(folder);
  await cp(join(import.meta.dirname, "../apps/sound"), folder, { recursive: true });
  for (const [name, content] of Object.entries(files)) {
    const text = typeof content === "string" ? content : JSON.stringify(content);
    await writeFile(join(folder, name), text);
  }
  return folder;
}

const get = (target: string, ...headers: string[]) => [
  `GET ${target} HTTP/1.1`,
  "Host: HOST",
  ...headers,
];

/** Runs a test with a host of its own. */
async function withHost(
  options: Parameters<typeof startHost>[0],
  run: (host: HostUnderTest) => Promise<void>,
): Promise<void> {
  const host = await startHost(options);
  try {
    await run(host);
  } finally {
    await host.stop();
  }
}

describe.skipIf(otherHost !== undefined)("the local host", () => {
  test("asks for a function key if it was given one, in the header or the query", async () => {
    await withHost({ key: "k1" }, async (host) => {
      for (const [target, headers, status] of [
        ["/api/keyed", [], 401],
        ["/api/keyed", ["x-functions-key: wrong"], 401],
        ["/api/keyed?code=wrong", [], 401],
        ["/api/keyed", ["x-functions-key: k1"], 200],
        ["/api/keyed?code=k1", [], 200],
        ["/api/keyed?CODE=k1", [], 200],
        ["/api/keyed?code=k1&code=wrong", [], 200],
        ["/api/keyed", ["x-functions-key: k1", "x-functions-key: wrong"], 200],
        ["/api/keyed?code=k1", ["x-functions-key: wrong"], 401],
        ["/api/echo/1", [], 200],
      ] as const) {
        expect([target, (await sendRaw(host, get(target, ...headers))).status]).toEqual([
          target,
          status,
        ]);
      }
    });
    await withHost({}, async (host) => {
      expect((await sendRaw(host, get("/api/keyed"))).status).toBe(200);
    });
  });

  test("has no home page if AzureWebJobsDisableHomepage says so", async () => {
    await withHost({ env: { AzureWebJobsDisableHomepage: "true" } }, async (host) => {
      expect(await sendRaw(host, get("/"))).toMatchObject({ status: 204, body: "" });
    });
  });

  test("refuses a body over the limit with 500, without a body", async () => {
    await withHost({ env: { FUNCTIONS_REQUEST_BODY_SIZE_LIMIT: "10" } }, async (host) => {
      const post = (body: string) =>
        sendRaw(
          host,
          ["POST /api/echo/1 HTTP/1.1", "Host: HOST", `Content-Length: ${body.length}`],
          body,
        );
      expect(await post("0123456789")).toMatchObject({ status: 200 });
      expect(await post("0123456789a")).toMatchObject({ status: 500, body: "" });
    });
  });

  test("runs as many requests at once as host.json says, and refuses those for which there is no room", async () => {
    const opened = join(await makeApp({}), "opened");
    const appDirectory = await makeApp({
      "host.json": {
        version: "2.0",
        extensions: { http: { maxConcurrentRequests: 2, maxOutstandingRequests: 3 } },
      },
      "functions/gate.cjs": `
        const { existsSync } = require("node:fs");
        const { app } = require("@azure/functions");
        let running = 0;
        app.http("gate", {
          handler: async () => {
            console.log("running", ++running);
            while (!existsSync(${JSON.stringify(opened)})) await new Promise((next) => setTimeout(next, 10));
            running--;
            return { status: 200 };
          },
        });`,
    });
    await withHost({ appDirectory }, async (host) => {
      const passing = [1, 2, 3].map(() => sendRaw(host, get("/api/gate")));
      await until("two calls", () => host.log().includes("running 2"));
      await until("a refusal", async () => {
        const refused = await sendRaw(host, get("/api/echo/1"));
        if (refused.status !== 429) return false;
        expect(refused.body).toBe("");
        expect(refused.headers.join()).not.toContain("retry-after");
        return true;
      });
      expect(host.log()).not.toContain("running 3");
      await writeFile(opened, "");
      expect((await Promise.all(passing)).map(({ status }) => status)).toEqual([200, 200, 200]);
      expect((await sendRaw(host, get("/api/echo/1"))).status).toBe(200);
    });
  });

  test("answers to the names of this machine, and to those that it is told", async () => {
    await withHost({ allowedHosts: ["my-laptop.local"] }, async (host) => {
      const named = (name: string) =>
        sendRaw(host, ["GET /api/echo/1 HTTP/1.1", `Host: ${name}`]).then(({ status }) => status);
      for (const name of [
        "localhost",
        "LocalHost:1234",
        "127.0.0.1",
        "127.9.9.9:80",
        "[::1]:7071",
        "10.0.2.2:7071",
        "host.docker.internal",
        "My-Laptop.local:7071",
      ]) {
        expect([name, await named(name)]).toEqual([name, 200]);
      }
      for (const name of [
        "evil.example",
        "localhost.evil.example",
        "10.0.2.3",
        "127.0.0.1.nip.io",
      ]) {
        expect([name, await named(name)]).toEqual([name, 403]);
      }
    });
  });

  test("lets the origins of local.settings.json in, and answers their preflights", async () => {
    const Host = { CORS: "http://page.example,http://other.example", CORSCredentials: true };
    const appDirectory = await makeApp({
      "local.settings.json": { IsEncrypted: false, Values: { GREETING: "hi" }, Host },
    });
    await withHost({ appDirectory, localSettings: true }, async (host) => {
      const preflight = (origin: string) =>
        sendRaw(host, [
          "OPTIONS /api/echo/1 HTTP/1.1",
          "Host: HOST",
          `Origin: ${origin}`,
          "Access-Control-Request-Method: POST",
          "Access-Control-Request-Headers: content-type",
        ]);
      const allowed = await preflight("http://page.example");
      expect(allowed.status).toBe(204);
      expect(allowed.headers).toEqual(
        expect.arrayContaining([
          "access-control-allow-origin: http://page.example",
          "access-control-allow-credentials: true",
          "access-control-allow-methods: POST",
          "access-control-allow-headers: content-type",
        ]),
      );
      expect((await preflight("http://evil.example")).headers.join()).not.toContain(
        "access-control",
      );
      const { headers } = await sendRaw(host, get("/api/echo/1", "Origin: http://other.example"));
      expect(headers).toContain("access-control-allow-origin: http://other.example");
      const stranger = await sendRaw(host, get("/api/echo/1", "Origin: http://evil.example"));
      expect(stranger.headers.join()).not.toContain("access-control");
    });
    await withHost({}, async (host) => {
      const preflight = [
        "OPTIONS /api/echo/1 HTTP/1.1",
        "Host: HOST",
        "Origin: http://page.example",
      ];
      const response = await sendRaw(host, [...preflight, "Access-Control-Request-Method: POST"]);
      expect(response.status).toBe(404);
    });
  });

  const logging = (logLevel: Record<string, string>) => ({
    "host.json": { version: "2.0", logging: { logLevel } },
  });

  test("logs each line of the app's console, by its words, in the category of the console", async () => {
    await withHost({}, async (host) => {
      await sendRaw(host, get("/api/logs"));
      await until("the log", () => host.log().includes("a severe problem"));
      for (const line of [
        "information Host.Function.Console: one line",
        "information Host.Function.Console: and another",
        "information Host.Function.Console: an error on stdout",
        "warning Host.Function.Console: a warning",
        "error Host.Function.Console: a severe problem",
        "information Host.Function.Console: a note on stderr",
        "information Function.logs.User: to the context",
        "information Function.logs.User: changed by the hook",
      ]) {
        expect(host.log()).toContain(line);
      }
    });
  });

  test("obeys the levels of host.json, of the longest category that fits", async () => {
    const appDirectory = await makeApp(
      logging({
        default: "None",
        Function: "Error",
        "function.logs": "Warning",
        "Host.Function.Console": "Error",
      }),
    );
    await withHost({ appDirectory }, async (host) => {
      await sendRaw(host, get("/api/logs"));
      await until("the log", () => host.log().includes("a severe problem"));
      expect(host.log()).toContain("warning Function.logs.User: a warning to the context");
      expect(host.log()).not.toContain("information Function.logs.User");
      expect(host.log()).not.toContain("one line");
    });
  });

  test("ends with the whole error if the app can't be loaded, and stays up without functions if asked to", async () => {
    const appDirectory = await makeApp({
      "functions/broken.cjs": "throw new Error('the app is broken')",
    });
    await expect(startHost({ appDirectory })).rejects.toThrow(/the app is broken/);
    await withHost({ appDirectory, stayUp: true }, async (host) => {
      expect(host.log()).toContain("the app is broken");
      expect(await sendRaw(host, get("/api/echo/1"))).toMatchObject({ status: 404, body: "" });
      expect((await sendRaw(host, get("/"))).status).toBe(200);
    });
  });

  test.each([
    ["is empty", { AzureWebJobsStorage: "", AzureWebJobsStorage__accountName: "account" }],
    ["is missing", { AzureWebJobsStorage: undefined }],
  ])("disables the function of a queue whose connection %s, and goes on", async (_, env) => {
    const appDirectory = await makeApp({
      "functions/queue.cjs":
        'require("@azure/functions").app.storageQueue("waiting", { queueName: "q", connection: "AzureWebJobsStorage", handler() {} });',
    });
    await withHost({ appDirectory, env }, async (host) => {
      expect(host.log()).toContain("The 'waiting' function is in error and disabled");
      expect((await sendRaw(host, get("/api/echo/1"))).status).toBe(200);
    });
  });
});
