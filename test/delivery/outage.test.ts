import { afterEach, describe, expect, test } from "vitest";
import {
  androidPhone,
  type Delivery,
  deliveriesSoFar,
  insert,
  iPhone,
  register,
  setFaults,
  settled,
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

/** Signs a user in and registers a device of each platform. */
async function someone(username: string): Promise<{ token: string; devices: TestDevice[] }> {
  const token = await signIn(stack(), username);
  const devices = [windowsDevice(), iPhone(), androidPhone()];
  for (const device of devices) {
    expect(await register(stack(), token, device)).toMatchObject({ status: 200 });
  }
  return { token, devices };
}

/** Returns the key by which a repeated notification replaces the earlier one. */
function keyOf({ platform, headers, body }: Delivery): string | undefined {
  if (platform === "wns") return headers["x-wns-tag"];
  if (platform === "apns") return headers["apns-collapse-id"];
  return JSON.parse(body).message.android.notification.tag;
}

async function arrivedOn(devices: readonly TestDevice[], text: string): Promise<Delivery[]> {
  const handles = devices.map(({ handle }) => handle);
  const all = await deliveriesSoFar(stack());
  return all.filter(({ handle, body }) => handles.includes(handle) && body.includes(text));
}

const messages = { path: "/messages" };

const outages: [string, object][] = [
  ["returns 503", { match: messages, status: 503 }],
  ["refuses our key with 401", { match: messages, status: 401 }],
  ["hangs forever", { match: messages, hang: true }],
  ["drops connections", { match: messages, reset: "before" }],
  ["refuses our key with 403", { match: messages, status: 403 }],
  ["is missing", { match: messages, status: 404 }],
  ["returns 409", { match: messages, status: 409 }],
  ["returns 418", { match: messages, status: 418 }],
  ["returns 451", { match: messages, status: 451 }],
];

/** In a short run, the statuses that are no outage to the eye are tried directly: see test/hub/result.test.ts. */
const tried = outages.filter((_, index) => count(0, 1) === 1 || [0, 1, 6].includes(index));

describe.each(tried)("a hub that %s", (what, fault) => {
  test("fails no insert, and the items are announced after it recovers", async () => {
    const { token, devices } = await someone(`user ${what}`);
    await setFaults(stack(), fault);
    const texts = Array.from({ length: count(6, 60) }, (_, index) => `item ${index} ${what}.`);
    for (const text of texts) {
      expect(await insert(stack(), token, { text })).toMatchObject({ status: 201 });
    }
    await until("an open breaker", () => stack().log().includes('"outcome":"circuit-open"'));
    await setFaults(stack());
    await settled(stack());

    expect(await queueLength(stack(), "notifications-poison")).toBe(0);
    for (const text of texts) {
      const arrived = await arrivedOn(devices, text);
      expect(new Set(arrived.map(({ handle }) => handle)).size, stack().log()).toBe(3);
      expect(new Set(arrived.map(keyOf)).size).toBe(1);
      // The hub sent nothing while it failed, so each notification arrives once.
      expect(arrived).toHaveLength(3);
    }
    expect(stack().log()).toContain('"outcome":"circuit-closed"');
  });
});

test("a platform that fails does not delay the others, and is the only one that is retried", async () => {
  const { token, devices } = await someone("alice");
  await setFaults(stack(), { match: { platform: "apple" }, status: 503 });
  await insert(stack(), token, { text: "partly" });
  await until("the others", async () => (await arrivedOn(devices, "partly")).length === 2);
  expect((await arrivedOn(devices, "partly")).map(({ platform }) => platform).sort()).toEqual([
    "fcmv1",
    "wns",
  ]);
  await setFaults(stack());
  await settled(stack());

  const arrived = await arrivedOn(devices, "partly");
  expect(arrived.map(({ platform }) => platform).sort()).toEqual(["apns", "fcmv1", "wns"]);
});

test("while a platform fails, the others get every item at once, and their breakers stay closed", async () => {
  const { token, devices } = await someone("carol");
  await setFaults(stack(), { match: { platform: "apple" }, status: 503 });
  const texts = Array.from({ length: 12 }, (_, index) => `without apple ${index}.`);
  for (const text of texts) {
    expect(await insert(stack(), token, { text })).toMatchObject({ status: 201 });
    await until(text, async () => (await arrivedOn(devices, text)).length === 2);
    const arrived = await arrivedOn(devices, text);
    expect(arrived.map(({ platform }) => platform).sort()).toEqual(["fcmv1", "wns"]);
  }
  expect(stack().log()).toContain('"outcome":"circuit-open","platform":"apns"');
  await setFaults(stack());
  await settled(stack());
  for (const text of texts) {
    const arrived = await arrivedOn(devices, text);
    expect(arrived.map(({ platform }) => platform).sort()).toEqual(["apns", "fcmv1", "wns"]);
  }
});

test.each([400, 413])(
  "a send that the hub refuses with %i is logged, kept for an operator and not retried",
  async (status) => {
    const { token, devices } = await someone(`bob ${status}`);
    const poisoned = await queueLength(stack(), "notifications-poison");
    await setFaults(stack(), { match: { platform: "windows" }, status });
    const answer = await insert(stack(), token, { text: `refused ${status}` });
    expect(answer.status).toBe(201);
    await settled(stack());
    await setFaults(stack());

    const { id } = JSON.parse(answer.text);
    // An operator can redrive it once the reason is gone.
    expect(await queueLength(stack(), "notifications-poison")).toBe(poisoned + 1);
    const arrived = await arrivedOn(devices, `refused ${status}`);
    expect(arrived.map(({ platform }) => platform).sort()).toEqual(["apns", "fcmv1"]);
    expect(stack().log()).toMatch(
      new RegExp(`"outcome":"dropped","itemId":"${id}","platform":"wns".*"status":${status}`),
    );
  },
);
