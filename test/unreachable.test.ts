import { describe, expect, test } from "vitest";
import {
  androidPhone,
  deliveries,
  deliveriesSoFar,
  insert,
  iPhone,
  register,
  send,
  sendMessage,
  setFaults,
  signIn,
} from "./support/client.ts";
import { closedPort } from "./support/closedPort.ts";
import { startTestHost } from "./support/hosts.ts";
import { startTestIssuer, testAudience } from "./support/testIssuer.ts";
import { useTestStack } from "./support/testStack.ts";
import { until } from "./support/until.ts";

describe("the hub", () => {
  const stack = useTestStack();

  test.each([
    ["returns 503", { status: 503, retryAfter: 70 }, 503, "70"],
    ["returns 429", { status: 429, retryAfter: 30 }, 503, "30"],
    ["asks to wait for years", { status: 503, retryAfter: 999_999_999 }, 503, "3600"],
    ["drops every connection", { reset: "before" }, 503, "5"],
    ["refuses our credentials", { status: 401 }, 502, null],
    ["grants too few rights", { status: 403 }, 502, null],
    ["is missing", { status: 404 }, 502, null],
    ["refuses the registration", { status: 400 }, 400, null],
  ])("%s: registering fails with the tutorial's sentence", async (_, rule, status, retryAfter) => {
    const token = await signIn(stack(), "alice");
    const phone = iPhone();
    await setFaults(stack(), rule);
    const answer = await register(stack(), token, phone);
    await setFaults(stack());

    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ error: "Registration failed!", status });
    expect(answer.headers.get("retry-after")).toBe(retryAfter);
    expect(await register(stack(), token, phone)).toMatchObject({ status: 200 });
  });

  test.each([
    ["returns 503", { status: 503 }],
    ["returns 429", { status: 429, retryAfter: 1 }],
    ["drops the connection before it handles a request", { reset: "before" }],
    ["drops the connection after it handled a request", { reset: "after" }],
    ["reports a retired registration id", { match: { method: "PUT" }, status: 410 }],
    ["reports a changed registration", { match: { method: "PUT" }, status: 412 }],
    ["reports a missing registration", { match: { method: "PUT" }, status: 404 }],
  ])("%s twice: registering retries and succeeds", async (_, rule) => {
    const token = await signIn(stack(), "alice");
    await setFaults(stack(), { ...rule, times: 2 });
    const answer = await register(stack(), token, iPhone());
    await setFaults(stack());
    expect(answer.status).toBe(200);
  });

  test.each([
    ["is down", { path: "/messages" }, { status: 503 }, []],
    ["fails for one platform", { platform: "apple" }, { status: 503 }, ["fcmv1"]],
    ["drops connections", { path: "/messages" }, { reset: "before" }, []],
    ["hangs", { path: "/messages" }, { hang: true }, []],
  ])("%s: an insert still returns 201", async (what, match, fault, reached) => {
    // A host of its own has closed breakers.
    const host = await startTestHost(stack(), { settings: { Delivery__retrySeconds: "2" } });
    const token = await signIn(stack(), "bob");
    const phones = [iPhone(), androidPhone()];
    for (const phone of phones) await register(stack(), token, phone);
    await setFaults(stack(), { match, ...fault });
    const answer = await insert(host.stack, token, { text: `stored although it ${what}` });
    expect(answer.status).toBe(201);
    const { id } = JSON.parse(answer.text);
    const failed = `"outcome":"retry","itemId":"${id}","platform":"apns"`;
    await until("a send that fails", () => host.stack.log().includes(failed));
    const handles = phones.map(({ handle }) => handle);
    const arrived = await Promise.all(handles.map((one) => deliveriesSoFar(stack(), one)));
    await host.stop();
    await setFaults(stack());

    // The host of the stack redelivers what the cases before have left.
    const own = arrived.flat().filter(({ body }) => body.includes(id));
    expect(own.map(({ platform }) => platform)).toEqual(reached);
  });

  test("failures put no secret into the log", async () => {
    const token = await signIn(stack(), "carol");
    const phone = androidPhone();
    await register(stack(), token, phone);
    await setFaults(stack(), { status: 500, retryAfter: 60 });
    await insert(stack(), token, { id: "of-carol", text: "a secret text" });
    await register(stack(), token, phone);
    await until("a send that fails", () => stack().log().includes('"itemId":"of-carol"'));
    await setFaults(stack());

    const { hub, storage } = stack().addresses;
    const keys = [hub.connectionString, storage].flatMap(
      (text) => /Key=([^;]+)/.exec(text)?.[1] ?? [],
    );
    expect(keys).toHaveLength(2);
    for (const secret of [token, phone.handle, phone.installationId, "a secret text", ...keys]) {
      expect(stack().log()).not.toContain(secret);
    }
  });
});

describe("storage is down", () => {
  const stack = useTestStack(async () => {
    const nowhere = await closedPort();
    return {
      AzureWebJobsStorage:
        "DefaultEndpointsProtocol=http;AccountName=a;AccountKey=a2V5;" +
        `TableEndpoint=${nowhere}/a;QueueEndpoint=${nowhere}/a`,
    };
  });

  test("an insert returns 503 and sends no notification", async () => {
    const token = await signIn(stack(), "alice");
    await register(stack(), token, iPhone());

    const answer = await insert(stack(), token, { text: "lost" });

    expect(answer.status).toBe(503);
    expect(answer.headers.get("retry-after")).toMatch(/^\d+$/);
    expect(answer.body).toMatchObject({ status: 503, title: "Service Unavailable" });
    expect(await deliveries(stack())).toEqual([]);
  });

  test("a message is refused with 503, and so is the question what became of it", async () => {
    const message = { id: "one", to: { everyone: true }, title: "t", text: "lost" };
    for (const answer of [
      await sendMessage(stack(), message),
      await send(stack(), "GET", "/api/notifications/one"),
    ]) {
      expect(answer.status).toBe(503);
      expect(answer.headers.get("retry-after")).toMatch(/^\d+$/);
    }
    expect(await deliveries(stack())).toEqual([]);
  });

  test.each([
    ["GET", "", {}],
    ["GET", "?$orderby=text", {}],
    ["GET", "/one", {}],
    ["PATCH", "/one", {}],
    ["PATCH", "/one", { "if-match": '"x"' }],
    ["DELETE", "/one", {}],
    ["DELETE", "/one", { "if-match": '"x"' }],
  ])("%s /tables/TodoItem%s with the headers %j returns 503", async (method, path, headers) => {
    const answer = await send(stack(), method, `/tables/TodoItem${path}`, {
      headers: { "x-zumo-auth": await signIn(stack(), "alice"), ...headers },
      body: method === "PATCH" ? { text: "lost" } : undefined,
    });

    expect(answer.status).toBe(503);
    expect(answer.headers.get("retry-after")).toMatch(/^\d+$/);
  });
});

describe("the issuer is down", () => {
  let token: string;
  const stack = useTestStack(async () => {
    const issuer = await startTestIssuer();
    token = issuer.token();
    await issuer.stop();
    return { Auth__tests__issuer: issuer.url, Auth__tests__audience: testAudience };
  });

  test("its tokens get a 503, and tokens of another issuer are accepted", async () => {
    const answer = await insert(stack(), token, { text: "x" });
    expect(answer.status).toBe(503);
    expect(answer.headers.get("retry-after")).toMatch(/^\d+$/);

    const other = await insert(stack(), await signIn(stack(), "alice"), { text: "x" });
    expect(other.status).toBe(201);
  });
});
