import { createServer } from "node:http";
import { describe, expect, test } from "vitest";
import {
  ItemChangedError,
  NotifyUsers,
  newId,
  ProblemError,
  quoted,
  TrustedBackend,
} from "../../../clients/typescript/client.ts";
import { listen } from "../../../local/listen.ts";
import { deliveries, iPhone, send, setFaults, signIn } from "../../support/client.ts";
import { startTestHost } from "../../support/hosts.ts";
import { heldRegistrations } from "../../support/hubState.ts";
import { useTestStack } from "../../support/testStack.ts";
import { until } from "../../support/until.ts";

const stack = useTestStack();

/** Returns a client for a user, and what it sent. Each of `faults` decides what becomes of one request, in order. */
async function clientOf(
  user: string,
  faults: ((send: () => Promise<Response>) => Promise<Response>)[] = [],
) {
  const token = await signIn(stack(), user);
  const sent: { method: string; path: string; status?: number }[] = [];
  const client = new NotifyUsers({
    url: stack().addresses.functions,
    token: () => token,
    fetch: async (address, init) => {
      const { pathname } = new URL(String(address));
      const record: (typeof sent)[number] = { method: init?.method ?? "GET", path: pathname };
      sent.push(record);
      const fault = faults.shift();
      const response = await (fault === undefined
        ? fetch(address, init)
        : fault(() => fetch(address, init)));
      record.status = response.status;
      return response;
    },
  });
  return { client, sent, token };
}

/** The app does the work, but its answer is lost. */
const lost = async (send: () => Promise<Response>): Promise<Response> => {
  await (await send()).text();
  throw new TypeError("fetch failed");
};
const busy = (retryAfter: string) => async () =>
  new Response('{"type":"urn:problem-type:notify-users:storage-unavailable","detail":"x"}', {
    status: 503,
    headers: { "Retry-After": retryAfter },
  });
const gateway = async () => new Response("<html>Bad Gateway</html>", { status: 502 });

describe("the main job", () => {
  test("registers, inserts, changes, lists, deletes and unregisters", async () => {
    const { client } = await clientOf("alice");
    const installation = newId();
    const { handle } = iPhone();
    const device = { platform: "apns", deviceToken: handle } as const;
    expect(await client.registerDevice(installation, device)).toMatchObject({
      platform: "apns",
      installationId: installation,
    });
    const item = await client.insertItem({ text: "Buy milk" });
    await until("the notification", async () => (await deliveries(stack(), handle)).length === 1);
    expect(await client.getItem(item.id)).toEqual(item);
    const changed = await client.updateItem(item.id, { complete: true });
    expect(changed).toMatchObject({ id: item.id, complete: true });
    await expect(
      client.updateItem(item.id, { text: "x" }, { version: item.version }),
    ).rejects.toMatchObject({ name: "ItemChangedError", item: changed });
    expect(await Array.fromAsync(client.listItems({ select: ["id"] }))).toEqual([{ id: item.id }]);
    await client.deleteItem(item.id, { version: changed.version });
    expect(await client.getItem(item.id)).toBeUndefined();
    await client.unregisterDevice(installation);
    await client.insertItem({ text: "not heard" });
    expect(await deliveries(stack(), handle)).toHaveLength(1);
  });

  test("lists devices, removes one, and forgets everything", async () => {
    const { client } = await clientOf("settings");
    const [one, two] = [newId(), newId()];
    for (const id of [one, two]) {
      await client.registerDevice(id, { platform: "apns", deviceToken: iPhone().handle });
    }
    const devices = await client.listDevices(two);
    expect(devices).toHaveLength(2);
    const [other] = devices.filter(({ thisInstallation }) => !thisInstallation);
    await client.removeDevice(other?.registrationId ?? "");
    await client.removeDevice(other?.registrationId ?? "");
    expect(await client.listDevices(two)).toMatchObject([{ thisInstallation: true }]);
    await client.insertItem({ text: "Buy milk" });
    await client.forgetMe();
    expect(await client.listDevices()).toEqual([]);
    expect(await Array.fromAsync(client.listItems())).toEqual([]);
  });

  test("needs no more of AbortSignal than React Native has", async () => {
    const { client } = await clientOf("native");
    const { any, timeout } = AbortSignal;
    const { throwIfAborted } = AbortSignal.prototype;
    Object.assign(AbortSignal, { any: undefined, timeout: undefined });
    Object.assign(AbortSignal.prototype, { throwIfAborted: undefined });
    try {
      const { signal } = new AbortController();
      const { id } = await client.insertItem({ text: "Buy milk" }, { signal });
      expect(await client.getItem(id, { signal })).toMatchObject({ text: "Buy milk" });
    } finally {
      Object.assign(AbortSignal, { any, timeout });
      Object.assign(AbortSignal.prototype, { throwIfAborted });
    }
  });

  test("removes this device by its id before it forgets, because lists lag", async () => {
    const { client, sent } = await clientOf("lagging");
    await setFaults(stack(), { listLagMs: 60_000 });
    const { handle } = iPhone();
    await client.registerDevice(newId(), { platform: "apns", deviceToken: handle });
    await client.forgetMe();
    await setFaults(stack());
    expect((await heldRegistrations(stack())).filter((one) => one.handle === handle)).toEqual([]);
    // It is not this device's any more.
    sent.length = 0;
    await client.forgetMe();
    expect(sent.map(({ path }) => path)).toEqual(["/api/me"]);
  });

  test("forgets until there is nothing more", async () => {
    const more = async () => new Response(null, { status: 202, headers: { "Retry-After": "1" } });
    const { client, sent } = await clientOf("much", [more, more]);
    await client.forgetMe();
    expect(sent.map(({ status }) => status)).toEqual([202, 202, 204]);
  });

  test("subscribes to topics, and a trusted backend sends a message once although its answer is lost", async () => {
    const { client } = await clientOf("reader");
    expect(await client.listTopics()).toEqual(["world", "politics", "sports"]);
    const { handle } = iPhone();
    const registered = await client.registerDevice(newId(), {
      platform: "apns",
      deviceToken: handle,
      topics: ["politics"],
    });
    expect(registered.topics).toEqual(["politics"]);

    const faults = [lost];
    const backend = new TrustedBackend({
      url: stack().addresses.functions,
      fetch: (address, init) => {
        const fault = faults.shift();
        return fault === undefined ? fetch(address, init) : fault(() => fetch(address, init));
      },
    });
    const message = { title: "Politics", text: "Polls are open" };
    const id = await backend.sendMessage({ ...message, to: { topic: "politics" } });
    expect(await deliveries(stack(), handle)).toHaveLength(1);
    expect(await backend.getMessage(id)).toMatchObject({ id, state: "done" });
    await expect(
      backend.sendMessage({ ...message, to: { topic: "weather" } }),
    ).rejects.toMatchObject({ problem: "invalid-request", faults: [{ pointer: "#/to/topic" }] });
    expect(await backend.getMessage("none")).toBeUndefined();
  });

  test("sends the function key of a trusted backend, and fails if the host refuses it", async () => {
    const host = await startTestHost(stack(), { key: "k1" });
    const url = host.stack.addresses.functions;
    const message = { to: { everyone: true }, title: "t", text: "t" } as const;
    expect(await new TrustedBackend({ url, key: "k1" }).sendMessage(message)).toMatch(/^\w+$/);
    await expect(new TrustedBackend({ url }).sendMessage(message)).rejects.toMatchObject({
      status: 401,
      problem: "other",
    });
    const secret = "secret\nkey";
    const failed = new TrustedBackend({ url, key: secret }).sendMessage(message);
    await expect(failed).rejects.toThrow("This is no value of x-functions-key.");
    await host.stop();
  });

  test("lists over pages, and only as many as the loop takes", async () => {
    const { client, sent } = await clientOf("lister");
    for (let i = 0; i < 120; i++) await client.insertItem({ id: `i${100 + i}`, text: `it's ${i}` });
    sent.length = 0;
    const all = await Array.fromAsync(client.listItems());
    expect(all.map(({ id }) => id)).toEqual(Array.from({ length: 120 }, (_, i) => `i${100 + i}`));
    expect(sent).toHaveLength(2);
    sent.length = 0;
    for await (const item of client.listItems({ orderBy: "id desc" })) {
      expect(item.id).toBe("i219");
      break;
    }
    expect(sent).toHaveLength(1);
    const filter = `text eq ${quoted("it's 7")}`;
    expect(await Array.fromAsync(client.listItems({ filter, select: ["text"] }))).toEqual([
      { text: "it's 7" },
    ]);
  });
});

describe("repeats what is safe to repeat", () => {
  test("an insert whose answer was lost notifies once", async () => {
    const { client, sent } = await clientOf("bob", [lost, lost]);
    const { handle } = iPhone();
    // The first answer that is lost is the registration's.
    await client.registerDevice("phone", { platform: "apns", deviceToken: handle });
    const item = await client.insertItem({ text: "once" });
    expect(item.text).toBe("once");
    await until("the notification", async () => (await deliveries(stack(), handle)).length > 0);
    expect(sent.map(({ method, path }) => `${method} ${path}`)).toEqual([
      "POST /api/register_notifications",
      "POST /api/register_notifications",
      "POST /api/register_notifications",
      "POST /tables/TodoItem",
    ]);
    const { client: again, sent: sentAgain } = await clientOf("bob", [lost]);
    await again.insertItem({ text: "twice" });
    expect(sentAgain).toHaveLength(2);
    await until("both", async () => (await deliveries(stack(), handle)).length >= 2);
    expect(await Array.fromAsync(again.listItems({ select: ["text"] }))).toHaveLength(2);
    expect(await deliveries(stack(), handle)).toHaveLength(2);
  });

  test("waits as long as the app asks for, and takes another answer for a lost one", async () => {
    const { client, sent } = await clientOf("carol", [busy("1"), gateway]);
    const begun = performance.now();
    await client.insertItem({ id: "x", text: "x" });
    expect(performance.now() - begun).toBeGreaterThanOrEqual(1_000);
    expect(sent.map(({ status }) => status)).toEqual([503, 502, 201]);
    const deleting = await clientOf("carol", [lost]);
    await deleting.client.deleteItem("x");
    expect(deleting.sent.map(({ status }) => status)).toEqual([undefined, 404]);
  });

  test("a change with a version is sent once", async () => {
    const { client, sent } = await clientOf("dave");
    const item = await client.insertItem({ text: "x" });
    const failing = await clientOf("dave", [lost]);
    const { version } = item;
    await expect(failing.client.updateItem(item.id, { text: "y" }, { version })).rejects.toThrow(
      "fetch failed",
    );
    expect(failing.sent).toHaveLength(1);
    await expect(failing.client.deleteItem(item.id, { version })).rejects.toBeInstanceOf(
      ItemChangedError,
    );
    expect(sent).toHaveLength(1);
  });

  test("gives up at once if the app asks for more patience than there is", async () => {
    const { client, sent } = await clientOf("erin");
    await setFaults(stack(), { status: 503, retryAfter: 60 });
    const { handle } = iPhone();
    const registering = client.registerDevice("p", { platform: "apns", deviceToken: handle });
    await expect(registering).rejects.toMatchObject({
      problem: "hub-unavailable",
      status: 503,
      retryAfter: 60,
    });
    await setFaults(stack());
    expect(sent).toHaveLength(1);
  });

  test("does not repeat what the operator has to correct", async () => {
    const { client, sent } = await clientOf("frank");
    await setFaults(stack(), { status: 401 });
    const registering = client.registerDevice("p", {
      platform: "apns",
      deviceToken: iPhone().handle,
    });
    await expect(registering).rejects.toMatchObject({ problem: "hub-refuses-app" });
    await setFaults(stack());
    expect(sent).toHaveLength(1);
  });

  test("repeats what the host has no room for, and what is safe to repeat after its empty 500", async () => {
    const empty = (status: number) => async () => new Response(null, { status });
    const { client, sent } = await clientOf("ivy", [empty(429), empty(500)]);
    const item = await client.insertItem({ text: "x" });
    expect(sent.map(({ status }) => status)).toEqual([429, 500, 201]);
    const careful = await clientOf("ivy", [empty(429), empty(500)]);
    const { version } = item;
    await expect(
      careful.client.updateItem(item.id, { text: "y" }, { version }),
    ).rejects.toMatchObject({ problem: "other", status: 500 });
    expect(careful.sent.map(({ status }) => status)).toEqual([429, 500]);
  });

  test("does not take what the host refused for a try whose answer was lost", async () => {
    const refused = async () => new Response(null, { status: 429 });
    const { client, sent } = await clientOf("ivy", [refused]);
    await expect(client.deleteItem("never-there")).rejects.toMatchObject({
      problem: "item-not-found",
    });
    expect(sent.map(({ status }) => status)).toEqual([429, 404]);
  });

  test("does not repeat what fails in the app itself", async () => {
    const type = "urn:problem-type:notify-users:internal-error";
    const broken = async () => Response.json({ type, status: 500 }, { status: 500 });
    const { client, sent } = await clientOf("ivy", [broken]);
    await expect(client.insertItem({ text: "x" })).rejects.toMatchObject({
      problem: "internal-error",
      status: 500,
    });
    expect(sent).toHaveLength(1);
  });

  test("an abort ends the wait", async () => {
    const { client, sent } = await clientOf("gina", [busy("20")]);
    const abort = new AbortController();
    const inserting = client.insertItem({ text: "x" }, { signal: abort.signal });
    await until("the first try", () => sent[0]?.status === 503);
    abort.abort(new Error("enough"));
    await expect(inserting).rejects.toThrow("enough");
    expect(sent).toHaveLength(1);
  });
});

describe("tokens and problems", () => {
  test("asks once for another token when one is refused", async () => {
    const good = await signIn(stack(), "alice");
    const asked: (string | undefined)[] = [];
    const client = new NotifyUsers({
      url: stack().addresses.functions,
      tokenHeader: "X-ZUMO-AUTH",
      token: (rejected) => {
        asked.push(rejected);
        return rejected === undefined ? "old.old.old" : good;
      },
    });
    expect((await client.insertItem({ text: "x" })).text).toBe("x");
    expect(asked).toEqual([undefined, "old.old.old"]);
    const stubborn = new NotifyUsers({
      url: stack().addresses.functions,
      token: () => "old.old.old",
    });
    await expect(stubborn.getItem("x")).rejects.toMatchObject({ problem: "invalid-token" });
  });

  test("a problem has its name, its sentence and every fault", async () => {
    const { client } = await clientOf("alice");
    const refused = client.insertItem({ id: "a b", text: "" });
    await expect(refused).rejects.toBeInstanceOf(ProblemError);
    await expect(refused).rejects.toMatchObject({
      problem: "invalid-request",
      status: 400,
      message: expect.stringContaining("text must be"),
      faults: [{ pointer: "#/id" }, { pointer: "#/text" }],
    });
    await client.insertItem({ id: "taken", text: "one" });
    await expect(client.insertItem({ id: "taken", text: "two" })).rejects.toMatchObject({
      problem: "id-taken",
    });
  });

  test("an answer that is not the app's is a problem of another kind", async () => {
    const { client } = await clientOf("alice", [
      async () => new Response("<html>", { status: 403 }),
    ]);
    await expect(client.getItem("x")).rejects.toMatchObject({ problem: "other", status: 403 });
  });
});

test("a redirect to another server gets no token and no installation id", async () => {
  let reached = 0;
  const other = createServer((_, response) => {
    reached++;
    response.end("{}");
  });
  const target = await listen(other, 0);
  const app = createServer((_, response) => {
    response.writeHead(307, { location: `${target}/steal` }).end();
  });
  const url = await listen(app, 0);
  const client = new NotifyUsers({
    url,
    token: () => "secret",
    tokenHeader: "X-ZUMO-AUTH",
    patience: 200,
  });
  await expect(client.unregisterDevice("phone")).rejects.toThrow();
  expect(reached).toBe(0);
  for (const server of [other, app]) server.close();
});

test("a link to another server gets no token", async () => {
  const { client, sent } = await clientOf("alice", [
    async () =>
      new Response("[]", {
        headers: { Link: '<https://evil.example/tables/TodoItem>; rel="next"' },
      }),
  ]);
  await expect(Array.fromAsync(client.listItems())).rejects.toThrow("another server");
  expect(sent).toHaveLength(1);
});

describe("answers that no app gives", () => {
  const cut = async (): Promise<Response> =>
    new Response(
      new ReadableStream({
        start(controller) {
          controller.enqueue(new TextEncoder().encode('{"id":'));
          controller.error(new TypeError("terminated"));
        },
      }),
    );
  const html =
    (status: number, headers: Record<string, string> = {}) =>
    async () =>
      new Response("<html>", { status, headers });

  test("a body that is cut off is a lost answer", async () => {
    const { client, sent } = await clientOf("henry", [cut]);
    expect((await client.insertItem({ text: "whole" })).text).toBe("whole");
    expect(sent).toHaveLength(2);
  });

  test("a 412 of another server is no changed item", async () => {
    const { client } = await clientOf("henry", [html(412)]);
    const changing = client.updateItem("x", { text: "y" }, { version: "v" });
    await expect(changing).rejects.toMatchObject({ problem: "other", status: 412 });
  });

  test("a 404 of another server is no deleted item, and one after a 504 is", async () => {
    const { client } = await clientOf("henry", [html(504), html(404)]);
    await expect(client.deleteItem("x")).rejects.toMatchObject({ problem: "other", status: 404 });
    const { client: other, sent } = await clientOf("henry", [html(504)]);
    await other.deleteItem("x");
    expect(sent.map(({ status }) => status)).toEqual([504, 404]);
  });

  test("Retry-After is at least a second, and can be a date", async () => {
    const later = new Date(Date.now() + 90_000).toUTCString();
    const { client } = await clientOf("henry", [html(503, { "Retry-After": later })]);
    await expect(client.getItem("x")).rejects.toMatchObject({ status: 503 });
    const { client: eager, sent } = await clientOf("henry", [html(503, { "Retry-After": "0" })]);
    const begun = performance.now();
    await eager.getItem("x");
    expect(performance.now() - begun).toBeGreaterThanOrEqual(1_000);
    expect(sent).toHaveLength(2);
  });

  test("pages that lead back to themselves end with an error, and any form of the link is followed", async () => {
    const next = async (): Promise<Response> =>
      new Response("[]", {
        headers: { Link: '</tables/TodoItem?$skiptoken=x>; title="more"; rel=next' },
      });
    const { client, sent } = await clientOf("henry", [next, next, next]);
    await expect(Array.fromAsync(client.listItems())).rejects.toThrow("lead back");
    expect(sent).toHaveLength(2);
  });

  test("what can't be sent is not tried again", async () => {
    const { client, sent } = await clientOf("henry");
    await expect(client.unregisterDevice("a\nb")).rejects.toThrow();
    expect(sent).toHaveLength(0);
  });
});

test("the answers are those that any client gets", async () => {
  const { client, token } = await clientOf("alice");
  const item = await client.insertItem({ text: "same" });
  const headers = { "x-zumo-auth": token };
  const answer = await send(stack(), "GET", `/tables/TodoItem/${item.id}`, { headers });
  expect(answer.body).toEqual(item);
});
