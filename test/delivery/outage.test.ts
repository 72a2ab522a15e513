import { afterEach, describe, expect, test } from "vitest";
import {
  androidPhone,
  type Delivery,
  deliveries,
  insert,
  iPhone,
  register,
  setFaults,
  signIn,
  type TestDevice,
  windowsDevice,
} from "../support/client.ts";
import { count } from "../support/counts.ts";
import { queueLength } from "../support/queues.ts";
import { useTestStack } from "../support/testStack.ts";
import { until } from "../support/until.ts";

const stack = useTestStack(async () => ({ Delivery__retrySeconds: "1" }));

afterEach(() => setFaults(stack()));

/** Somebody with a device of each platform. */
async function someone(username: string): Promise<{ token: string; devices: TestDevice[] }> {
  const token = await signIn(stack(), username);
  const devices = [windowsDevice(), iPhone(), androidPhone()];
  for (const device of devices) {
    expect(await register(stack(), token, device)).toMatchObject({ status: 200 });
  }
  return { token, devices };
}

/** The key by which a repeat replaces what came before. */
function keyOf({ platform, headers, body }: Delivery): string | undefined {
  if (platform === "wns") return headers["x-wns-tag"];
  if (platform === "apns") return headers["apns-collapse-id"];
  return JSON.parse(body).message.android.notification.tag;
}

async function arrivedOn(devices: readonly TestDevice[], text: string): Promise<Delivery[]> {
  const handles = devices.map(({ handle }) => handle);
  const all = await deliveries(stack());
  return all.filter(({ handle, body }) => handles.includes(handle) && body.includes(text));
}

const settled = () =>
  until("an empty queue", async () => (await queueLength(stack(), "notifications")) === 0, 40_000);

const messages = { path: "/messages" };

const outages: [string, object][] = [
  ["answers 503", { match: messages, status: 503 }],
  ["refuses our key with 401", { match: messages, status: 401 }],
  ["hangs for ever", { match: messages, hang: true }],
  ["drops connections", { match: messages, reset: "before" }],
  ["refuses our key with 403", { match: messages, status: 403 }],
  ["is not there", { match: messages, status: 404 }],
];

describe.each(outages.slice(0, count(2, 6)))("a hub that %s", (what, fault) => {
  test("fails no insert, and what was inserted is announced once it is back", async () => {
    const { token, devices } = await someone(`user ${what}`);
    await setFaults(stack(), fault);
    const texts = Array.from({ length: count(6, 60) }, (_, index) => `item ${index} ${what}.`);
    for (const text of texts) {
      expect(await insert(stack(), token, { text })).toMatchObject({ status: 201 });
    }
    expect(stack().log()).toContain('"outcome":"circuit-open"');
    await setFaults(stack());
    await settled();

    expect(await queueLength(stack(), "notifications-poison")).toBe(0);
    for (const text of texts) {
      const arrived = await arrivedOn(devices, text);
      expect(new Set(arrived.map(({ handle }) => handle)).size, stack().log()).toBe(3);
      expect(new Set(arrived.map(keyOf)).size).toBe(1);
      // A hub that did nothing while it failed has sent each once.
      expect(arrived).toHaveLength(3);
    }
    expect(stack().log()).toContain('"outcome":"circuit-closed"');
  });
});

test("one platform that fails holds back no other, and is the only one to be sent again", async () => {
  const { token, devices } = await someone("alice");
  await setFaults(stack(), { match: { platform: "apple" }, status: 503 });
  await insert(stack(), token, { text: "partly" });
  expect((await arrivedOn(devices, "partly")).map(({ platform }) => platform).sort()).toEqual([
    "fcmv1",
    "wns",
  ]);
  await setFaults(stack());
  await settled();

  const arrived = await arrivedOn(devices, "partly");
  expect(arrived.map(({ platform }) => platform).sort()).toEqual(["apns", "fcmv1", "wns"]);
});

test.each([400, 413])(
  "what the hub refuses with %i is not sent again, and is logged",
  async (status) => {
    const { token, devices } = await someone(`bob ${status}`);
    await setFaults(stack(), { match: { platform: "windows" }, status });
    const answer = await insert(stack(), token, { text: `refused ${status}` });
    await setFaults(stack());
    expect(answer.status).toBe(201);
    await settled();

    const { id } = JSON.parse(answer.text);
    const arrived = await arrivedOn(devices, `refused ${status}`);
    expect(arrived.map(({ platform }) => platform).sort()).toEqual(["apns", "fcmv1"]);
    expect(stack().log()).toMatch(
      new RegExp(`"outcome":"dropped","itemId":"${id}","platform":"wns".*"status":${status}`),
    );
  },
);
