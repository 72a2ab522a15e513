import { execFile } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { startHostProcess } from "../../local/functionsHost/hostProcess.ts";
import { settingsFor } from "../../local/stack.ts";
import { closedPort } from "../support/closedPort.ts";
import { createFakeAzd } from "../support/fakeAzd.ts";
import { useTestStack } from "../support/testStack.ts";

const root = join(import.meta.dirname, "../..");
const stack = useTestStack();

/** Runs the step that follows a deployment. */
function awaitHealth(
  url: string,
  seconds: number,
  env: NodeJS.ProcessEnv = process.env,
  steady = 0,
): Promise<{ code: number | null; said: string }> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      ["ops/awaitHealth.mjs", "--seconds", String(seconds), "--steady", String(steady)],
      { cwd: root, env: { ...env, FUNCTIONS_URL: url } },
      (_, stdout, stderr) => resolve({ code: child.exitCode, said: stdout + stderr }),
    );
  });
}

test("says that a sound app runs", async () => {
  const url = stack().addresses.functions;
  const { code, said } = await awaitHealth(`${url}/`, 60);
  expect(said).toContain(`Waiting for ${url}`);
  expect(said).toMatch(new RegExp(`The app runs: version \\d+\\.\\d+\\.\\d+, ${url}\n$`));
  expect(code).toBe(0);
});

test("says what to do if a setting is missing", async () => {
  const settings = settingsFor(stack().addresses);
  const env = Object.fromEntries(
    Object.entries(settings).filter(([name]) => !name.startsWith("Auth__")),
  );
  let log = "";
  const host = await startHostProcess({
    appDirectory: root,
    port: 0,
    env: { ...process.env, ...env },
    stayUp: true,
    log: (piece) => {
      log += piece;
    },
  });
  try {
    const { code, said } = await awaitHealth(host.ready.url, 4);
    expect(said).toContain(`${host.ready.url} does not work after 4 s.`);
    expect(said).toContain("The host runs, but it has no functions: a setting is missing or wrong");
    // The beginning of the line that it says to look for.
    const [, begin = "?"] = /begins with "([^"]+)"/.exec(said) ?? [];
    expect(log).toContain(begin);
    expect(code).toBe(1);
  } finally {
    await host.stop();
  }
});

test("says that an app never answers, and ends", async () => {
  const server = createTcpServer(() => {}).listen(0, "127.0.0.1");
  await once(server, "listening");
  const sockets: { destroy(): void }[] = [];
  server.on("connection", (socket) => sockets.push(socket));
  try {
    const { code, said } = await awaitHealth(`http://127.0.0.1:${portOf(server)}`, 3);
    expect(said).toContain("does not work after 3 s");
    expect(said).toContain("The app accepts connections, but does not answer.");
    expect(code).toBe(1);
  } finally {
    for (const socket of sockets) socket.destroy();
    server.close();
  }
});

test("says that the address is wrong", async () => {
  const nowhere = await closedPort();
  const { code, said } = await awaitHealth(nowhere, 1);
  expect(said).toContain(`${nowhere} is unreachable (ECONNREFUSED).`);
  expect(code).toBe(1);
  expect((await awaitHealth("", 1)).said).toContain("FUNCTIONS_URL is missing.");
  expect((await awaitHealth(nowhere, Number.NaN)).said).toContain(
    "--seconds must be a number above 0",
  );
});

describe.skipIf(process.platform === "win32")("Key Vault references", () => {
  /** A Resource Manager whose references resolve after some refreshes. */
  async function useResourceManager(
    resolvedAfter: number | "refuses",
    body: (env: NodeJS.ProcessEnv, asked: string[], token: string) => Promise<void>,
  ): Promise<void> {
    const azd = await createFakeAzd();
    const asked: string[] = [];
    let refreshes = 0;
    const server = createServer((request, response) => {
      asked.push(`${request.method} ${request.url} ${request.headers.authorization}`);
      if (request.method === "POST") refreshes += 1;
      if (resolvedAfter === "refuses") return response.writeHead(403).end("{}");
      const status = refreshes > resolvedAfter ? "Resolved" : "AccessToKeyVaultDenied";
      return response.end(
        JSON.stringify({
          value: [
            { name: "NotificationHub__connectionString", properties: { status: "Resolved" } },
            { name: "FACEBOOK_APP_SECRET", properties: { status } },
          ],
        }),
      );
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    try {
      const env = {
        ...azd.env,
        FUNCTIONS_ID: "/subscriptions/s/resourceGroups/g/providers/Microsoft.Web/sites/f",
        RESOURCE_MANAGER_URL: `http://127.0.0.1:${portOf(server)}/`,
      };
      await body(env, asked, azd.token);
    } finally {
      server.close();
      server.closeAllConnections();
      await azd.remove();
    }
  }

  test("are refreshed with azd's sign-in", async () => {
    await useResourceManager(0, async (env, asked, token) => {
      const { code, said } = await awaitHealth(stack().addresses.functions, 60, env);
      const site = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Web/sites/f";
      const references = `${site}/config/configreferences/appsettings`;
      expect(asked).toEqual([
        `POST ${references}/refresh?api-version=2022-03-01 Bearer ${token}`,
        `GET ${references}?api-version=2022-03-01 Bearer ${token}`,
      ]);
      expect(said).toContain("The app runs: version");
      expect(said).not.toContain(token);
      expect(code).toBe(0);
    });
  });

  test("that cannot be refreshed or read fail the step, also if the app runs", async () => {
    await useResourceManager("refuses", async (env, _, token) => {
      const { code, said } = await awaitHealth(stack().addresses.functions, 4, env);
      expect(said).toContain("It is unknown whether the Key Vault references are resolved.");
      expect(said).toContain("Azure Resource Manager returned 403.");
      expect(said).not.toContain(token);
      expect(code).toBe(1);
    });
  });

  test("that do not resolve are named, also if the app runs", async () => {
    await useResourceManager(1000, async (env, _, token) => {
      const { code, said } = await awaitHealth(stack().addresses.functions, 4, env);
      expect(said).toContain(
        "The Key Vault reference of FACEBOOK_APP_SECRET is not resolved: AccessToKeyVaultDenied.",
      );
      expect(said).not.toContain("NotificationHub__connectionString");
      expect(said).toContain("Key Vault Secrets User");
      expect(said).not.toContain(token);
      expect(code).toBe(1);
    });
  });
});

test("an app that answers for a moment, and then does not, is not healthy", async () => {
  let answered = 0;
  const server = createServer((_, response) => {
    answered += 1;
    if (answered === 1) response.end('{"status":"ok","version":"0.0.1"}');
    else response.writeHead(404).end();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { code, said } = await awaitHealth(`http://127.0.0.1:${portOf(server)}`, 8, process.env, 2);
  server.close();
  server.closeAllConnections();
  expect(said).toContain("The host runs, but it has no functions");
  expect(code).toBe(1);
});

function portOf(server: { address(): AddressInfo | string | null }): number {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The server has no port.");
  return address.port;
}
