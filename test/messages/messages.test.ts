import { describe, expect, test } from "vitest";
import {
  androidPhone,
  deliveries,
  iPhone,
  register,
  send,
  sendMessage,
  setFaults,
  settled,
  signIn,
  stateOf,
  windowsDevice,
} from "../support/client.ts";
import { startTestHost } from "../support/hosts.ts";
import { useTestStack } from "../support/testStack.ts";
import { until } from "../support/until.ts";

const stack = useTestStack(async () => ({ Delivery__retrySeconds: "1" }));

async function someone(user: string, device = iPhone()) {
  const token = await signIn(stack(), user);
  await register(stack(), token, device);
  return { token, device, shown: () => deliveries(stack(), device.handle) };
}

const news = { title: "Title", text: "Text" };

describe("a message", () => {
  test("to a user reaches every device of that user and no other", async () => {
    const devices = [iPhone(), androidPhone(), windowsDevice()];
    for (const device of devices) await someone("alice", device);
    const other = await someone("alice2");
    const message = {
      ...{ id: "for-alice", to: { user: "local:alice" }, title: "A <task>", text: "Buy & carry" },
      data: { taskId: "7", list: "shop & go" },
    };
    const answer = await sendMessage(stack(), message);
    expect(answer).toMatchObject({ status: 202, body: { id: "for-alice" } });
    expect(answer.headers.get("location")).toBe("/api/notifications/for-alice");

    const bodies = await Promise.all(
      devices.map(async ({ handle }) => (await deliveries(stack(), handle)).map((one) => one.body)),
    );
    const [[apns = ""] = [], [fcm = ""] = [], [wns = ""] = []] = bodies;
    expect(JSON.parse(apns)).toEqual({
      aps: { alert: { title: "A <task>", body: "Buy & carry" } },
      notificationId: "for-alice",
      taskId: "7",
      list: "shop & go",
    });
    expect(JSON.parse(fcm)).toMatchObject({
      message: {
        notification: { title: "A <task>", body: "Buy & carry" },
        data: { taskId: "7", list: "shop & go", notificationId: "for-alice" },
      },
    });
    expect(wns).toBe(
      '<toast launch="list=shop+%26+go&amp;taskId=7&amp;notificationId=for-alice"><visual><binding template="ToastText02">' +
        '<text id="1">A &lt;task&gt;</text><text id="2">Buy &amp; carry</text></binding></visual></toast>',
    );
    expect(bodies.flat()).toHaveLength(3);
    expect(await other.shown()).toEqual([]);
  });

  test("to everyone is one send for each platform, and reaches every device once", async () => {
    const people = await Promise.all(["p", "q", "r"].map((name) => someone(name, androidPhone())));
    const before = await requests();
    const answer = await sendMessage(stack(), { ...news, id: "all", to: { everyone: true } });
    expect(answer.status).toBe(202);
    for (const { shown } of people) expect(await shown()).toHaveLength(1);
    expect((await requests()) - before).toBe(3);
  });

  test("tells what became of it", async () => {
    const sent = await sendMessage(stack(), { ...news, to: { topic: "world" } });
    const { id, createdAt } = Object(sent.body);
    await settled(stack());
    const answer = await send(stack(), "GET", `/api/notifications/${id}`);
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      id,
      createdAt,
      state: "done",
      finishedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      notificationIds: {
        wns: expect.stringMatching(/^\S+$/),
        apns: expect.stringMatching(/^\S+$/),
        fcmv1: expect.stringMatching(/^\S+$/),
      },
      devices: { wns: 0, apns: 0, fcmv1: 0 },
      opened: 0,
    });
    expect(await send(stack(), "GET", "/api/notifications/none")).toMatchObject({ status: 404 });
    expect(await send(stack(), "GET", "/api/notifications/a.b")).toMatchObject({ status: 400 });
  });

  test("that the hub refuses is given up, with the reason", async () => {
    await setFaults(stack(), { match: { platform: "windows" }, status: 400 });
    await sendMessage(stack(), { ...news, id: "refused", to: { topic: "world" } });
    await settled(stack());
    await setFaults(stack());
    const answer = await send(stack(), "GET", "/api/notifications/refused");
    expect(answer.body).toMatchObject({
      state: "givenUp",
      reason: "The hub refuses its payload for wns.",
      notificationIds: { apns: expect.any(String), fcmv1: expect.any(String) },
    });
  });

  test("is accepted while the hub is down, and sent once after it recovers", async () => {
    const { shown } = await someone("frank");
    await setFaults(stack(), { match: { path: "/messages" }, status: 503 });
    const message = { ...news, id: "later", to: { user: "local:frank" } };
    expect(await sendMessage(stack(), message)).toMatchObject({ status: 202 });
    await until("sends that fail", () =>
      stack().log().includes('"outcome":"retry","itemId":"later"'),
    );
    expect(await stateOf(stack(), "later")).toBe("accepted");
    await setFaults(stack());
    await settled(stack());
    expect(await stateOf(stack(), "later")).toBe("done");
    expect(await shown()).toHaveLength(1);
  });

  test("sent 50 times at once is stored and sent once", async () => {
    const { shown } = await someone("grace");
    const host = await startTestHost(stack());
    const message = { ...news, id: "fifty", to: { user: "local:grace" }, data: { a: "1", b: "2" } };
    const again = { ...message, data: { b: "2", a: "1" } };
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, i) => sendMessage(host.stack, i % 2 ? message : again)),
    );
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(answers[0]?.status).toBe(202);
    const different = await Promise.all(
      [
        { text: "Other" },
        { title: "Other" },
        { to: { user: "local:mallory" } },
        { to: { everyone: true } },
        { data: { a: "1" } },
      ].map((change) => sendMessage(host.stack, { ...message, ...change })),
    );
    expect(different.map(({ status }) => status)).toEqual([409, 409, 409, 409, 409]);
    await host.stop();
    await settled(stack());
    expect(await shown()).toHaveLength(1);
  });

  test("has every fault of its body named, and is not stored", async () => {
    const long = "x".repeat(201);
    const data = {
      ...{ aps: "1", from: "1", "google.x": "1", gcm_y: "1", "a b": "1", constructor: "1" },
      ...{ number: 1, lone: "\ud800" },
    };
    const body = JSON.parse(`{"id":"a b","to":{"user":"Facebook:1"},"title":"${long}","text":"",
      "data":${JSON.stringify(data)},"sound":"x","a/b":1}`);
    const answer = await sendMessage(stack(), body);
    expect(answer.status).toBe(400);
    expect(Object(answer.body).errors.map(({ pointer }: { pointer: string }) => pointer)).toEqual([
      "#/id",
      "#/to/user",
      "#/title",
      "#/text",
      ...["aps", "from", "google.x", "gcm_y", "a%20b", "constructor", "number", "lone"].map(
        (name) => `#/data/${name}`,
      ),
      "#/sound",
      "#/a~1b",
    ]);
    for (const [to, pointer] of [
      [undefined, "#/to"],
      ["everyone", "#/to"],
      [[{ everyone: true }], "#/to"],
      [{}, "#/to"],
      [{ user: "local:a", everyone: true }, "#/to"],
      [{ users: "local:a" }, "#/to/users"],
      [{ user: "alice" }, "#/to/user"],
      [{ user: "google:alice" }, "#/to/user"],
      [{ user: "local:" }, "#/to/user"],
      [{ user: "local:a\u0007" }, "#/to/user"],
      [{ user: `local:${"a".repeat(256)}` }, "#/to/user"],
      [{ topic: "weather" }, "#/to/topic"],
      [{ topic: ["world"] }, "#/to/topic"],
      [{ everyone: false }, "#/to/everyone"],
      [{ everyone: "true" }, "#/to/everyone"],
    ] as const) {
      const wrong = await sendMessage(stack(), { ...news, id: "wrong", to });
      expect([to, wrong.status, Object(wrong.body).errors]).toMatchObject([to, 400, [{ pointer }]]);
    }
    for (const large of [
      { a: "x".repeat(1_023) },
      { a: "€".repeat(120) },
      Object.fromEntries(Array.from({ length: 11 }, (_, i) => [`m${i}`, ""])),
      null,
      "a=b",
      ["a"],
    ]) {
      const to = { everyone: true };
      const wrong = await sendMessage(stack(), { ...news, id: "wrong", to, data: large });
      expect(wrong).toMatchObject({ status: 400, body: { errors: [{ pointer: "#/data" }] } });
    }
    expect(await send(stack(), "GET", "/api/notifications/wrong")).toMatchObject({ status: 404 });
  });
});

test("the body of a message is JSON of at most 64 KiB", async () => {
  const large = await sendMessage(stack(), { ...news, text: "x".repeat(65_536) });
  expect(large.status).toBe(413);
  const headers = { "content-type": "text/plain" };
  const plain = await send(stack(), "POST", "/api/notifications", { headers, body: "text=x" });
  expect(plain.status).toBe(415);
});

test("a runaway backend is told to wait, and what was accepted is sent", async () => {
  const host = await startTestHost(stack(), { settings: { Push__messagesPerMinute: "3" } });
  const { shown } = await someone("henry");
  const answers = [];
  for (let index = 0; index < 6; index++) {
    const message = { ...news, id: `flood-${index}`, to: { user: "local:henry" } };
    answers.push(await sendMessage(host.stack, message));
  }
  const accepted = answers.filter(({ status }) => status === 202);
  const refused = answers.filter(({ status }) => status === 429);
  expect(accepted.length).toBeGreaterThanOrEqual(3);
  expect(refused.length).toBeGreaterThan(0);
  expect(accepted.length + refused.length).toBe(6);
  for (const { headers } of refused) {
    const seconds = Number(headers.get("retry-after"));
    expect(seconds).toBeGreaterThanOrEqual(1);
    expect(seconds).toBeLessThanOrEqual(20);
  }
  // What is malformed does not count.
  expect(await sendMessage(host.stack, {})).toMatchObject({ status: 400 });
  await host.stop();
  await settled(stack());
  expect(await shown()).toHaveLength(accepted.length);
});

test("with --keys, a message needs the function key before anything else is looked at", async () => {
  const host = await startTestHost(stack(), { key: "k1" });
  const { token } = await someone("iris");
  const message = { ...news, id: "keyed", to: { user: "local:iris" } };
  const ask = async (method: string, path: string, headers: object, body?: unknown) =>
    (await send(host.stack, method, path, { headers: { ...headers }, body })).status;
  for (const headers of [
    {},
    { "x-functions-key": "k2" },
    { "x-zumo-auth": token },
    { authorization: `Bearer ${token}` },
  ]) {
    expect(await ask("POST", "/api/notifications", headers, message)).toBe(401);
    expect(await ask("POST", "/api/notifications", headers, "not json")).toBe(401);
    expect(await ask("GET", "/api/notifications/keyed", headers)).toBe(401);
  }
  const key = { "x-functions-key": "k1" };
  expect(await ask("GET", "/api/notifications/keyed", key)).toBe(404);
  expect(await ask("POST", "/api/notifications", key, message)).toBe(202);
  expect(await ask("GET", "/api/notifications/keyed?code=k1", {})).toBe(200);
  await host.stop();
});

/** Returns how many sends the hub has been asked for. */
async function requests(): Promise<number> {
  const response = await fetch(`${stack().addresses.hub.url}/_emulator/requests`);
  const all: { readonly send?: object }[] = JSON.parse(await response.text());
  return all.filter((one) => one.send !== undefined).length;
}
