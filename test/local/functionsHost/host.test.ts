import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startHostProcess } from "../../../local/functionsHost/hostProcess.ts";

const apps = join(import.meta.dirname, "apps");
let log = "";

function start(app: string) {
  return startHostProcess({
    appDirectory: join(apps, app),
    port: 0,
    env: { ...process.env, GREETING: "hello" },
    log: (piece) => {
      log += piece;
    },
  });
}

describe("an app", () => {
  let host: Awaited<ReturnType<typeof start>>;
  beforeAll(async () => {
    host = await start("sound");
  });
  afterAll(() => host.stop());
  const call = (path: string, init?: RequestInit) => fetch(host.ready.url + path, init);

  test("receives the request as the real host passes it on", async () => {
    const answer = await call("/API/Echo/a%20b?x=1&y=%C3%BC", {
      method: "POST",
      headers: {
        "X-Two": "1",
      },
      body: "text",
    });
    expect(answer.headers.get("content-type")).toBe("application/json");
    const echoed: unknown = await answer.json();
    expect(echoed).toMatchObject({
      method: "POST",
      url: `${host.ready.url}/API/Echo/a%20b?x=1&y=%C3%BC`,
      id: "a b",
      query: { x: "1", y: "ü" },
      headers: { "x-two": "1" },
      text: "text",
      functionName: "echo",
      setting: "hello",
    });
  });

  test("that throws causes a 500 response without a body, and the error is logged", async () => {
    const answer = await call("/api/throws");
    expect([answer.status, await answer.text()]).toEqual([500, ""]);
    expect(log).toContain("an error in the app");
  });

  test("that returns nothing causes a 204 response", async () => {
    expect((await call("/api/nothing")).status).toBe(204);
  });

  test("responds with bytes and headers", async () => {
    const answer = await call("/api/cookies");
    expect([...new Uint8Array(await answer.arrayBuffer())]).toEqual([0, 255]);
    expect(answer.headers.get("x-powered-by")).toBe("fixture");
  });

  test("has its functions tried in order of their names", async () => {
    expect(await (await call("/api/order/literal")).text()).toBe("parameter");
  });

  test("can replace a function in a hook", async () => {
    expect(await (await call("/api/hooked")).text()).toBe("from the hook");
  });
});

test("an app that has not been built does not start, and the error says so", async () => {
  await expect(start("unbuilt")).rejects.toThrow(/Build the app first\./);
});

test("a library with a changed model fails at start, and the error says so", async () => {
  await expect(start("changedModel")).rejects.toThrow(
    /does not fit local\/functionsHost: setProgrammingModel has changed \(see getInvocationModel\)/,
  );
});

test("a library with changed responses fails on a request, and the log says so", async () => {
  const host = await start("changedAnswer");
  expect((await fetch(`${host.ready.url}/f`)).status).toBe(500);
  expect(log).toContain("does not fit local/functionsHost: getResponse has changed");
  await host.stop();
});

test("a host that stops waits for what the app does at its end, and not for ever", async () => {
  const host = await start("hangsAtEnd");
  await host.stop();
  // It ended by itself: what is killed says nothing.
  const [, afterwards] = log.split("asked to end");
  expect(afterwards).toContain("ended");
});
