import * as v from "valibot";
import { expect, test } from "vitest";
import { NotifyUsers } from "../../clients/typescript/client.ts";
import { createOpenings } from "../../src/messages/openings.ts";
import {
  androidPhone,
  iPhone,
  register,
  send,
  sendMessage,
  settled,
  signIn,
} from "../support/client.ts";
import { startTestHost } from "../support/hosts.ts";
import { useTestStack } from "../support/testStack.ts";
import { until } from "../support/until.ts";

const stack = useTestStack();

const message = v.object({
  opened: v.number(),
  devices: v.optional(v.record(v.string(), v.number())),
});
const read = async (id: string) =>
  v.parse(message, (await send(stack(), "GET", `/api/notifications/${id}`)).body);

function opened(token: string, id: string, on = stack()) {
  return send(on, "POST", `/api/notifications/${id}/opened`, {
    headers: { "x-zumo-auth": token },
  });
}

test("a message tells for how many devices platforms took it, and how often it was opened", async () => {
  const token = await signIn(stack(), "alice");
  for (const device of [iPhone(), iPhone(), androidPhone()]) await register(stack(), token, device);
  await sendMessage(stack(), { id: "m", to: { user: "local:alice" }, title: "T", text: "x" });
  await settled(stack());
  await until("the hub's counts", async () => (await read("m")).devices?.["apns"] === 2);
  expect(await read("m")).toEqual({ devices: { wns: 0, apns: 2, fcmv1: 1 }, opened: 0 });

  const openings = await Promise.all(Array.from({ length: 20 }, () => opened(token, "m")));
  expect(openings.map(({ status }) => status)).toEqual(Array(20).fill(204));
  await until("the count", async () => (await read("m")).opened === 20);
  const client = new NotifyUsers({ url: stack().addresses.functions, token: () => token });
  await client.notificationOpened("m");
  await until("the client's", async () => (await read("m")).opened === 21);
  // Its state stands beside the count.
  expect((await send(stack(), "GET", "/api/notifications/m")).body).toMatchObject({
    state: "done",
  });
});

test("an opening is counted for no message that there is not, and needs a user and an id", async () => {
  const token = await signIn(stack(), "alice");
  expect(await opened(token, "none")).toMatchObject({ status: 204 });
  expect(await opened(token, "a.b")).toMatchObject({ status: 400 });
  expect(await send(stack(), "POST", "/api/notifications/m/opened")).toMatchObject({ status: 401 });
  expect(await send(stack(), "GET", "/api/notifications/none")).toMatchObject({ status: 404 });
});

test("a process that ends stores what it has counted", async () => {
  const token = await signIn(stack(), "alice");
  await sendMessage(stack(), { id: "kept", to: { user: "local:x" }, title: "T", text: "x" });
  const host = await startTestHost(stack());
  for (let index = 0; index < 3; index++) await opened(token, "kept", host.stack);
  await host.stop();
  expect((await read("kept")).opened).toBe(3);
});

test("openings that cannot be stored are stored with later ones, and too many messages are left out", async () => {
  let isDown = true;
  const stored = new Map<string, number>();
  const openings = createOpenings(async (id, times) => {
    if (isDown) return { kind: "unavailable" };
    stored.set(id, (stored.get(id) ?? 0) + times);
    return { kind: "done" };
  });
  openings.note("a");
  await openings.store();
  isDown = false;
  openings.note("a");
  for (let index = 0; index < 20_000; index++) openings.note(`other-${index}`);
  await openings.store();
  expect(stored.get("a")).toBe(2);
  expect(stored.size).toBe(10_000);
});
