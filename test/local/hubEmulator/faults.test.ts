import {
  createAppleNotification,
  createFcmV1Notification,
  isRestError,
} from "@azure/notification-hubs";
import { beforeEach, describe, expect, test } from "vitest";
import { until } from "../../support/until.ts";
import { readDeliveries, setFaults, useEmulator } from "./emulatorUnderTest.ts";
import { callHub, createSdkClient, newDeviceToken, newTag } from "./hubClient.ts";

const emulator = useEmulator();
const apple = createAppleNotification({ body: { aps: { alert: "hello" } } });
const android = createFcmV1Notification({ body: `{"message":{}}` });

beforeEach(async () => {
  await fetch(`${emulator().url}/_emulator`, { method: "DELETE" });
});

/** Returns what the client sees of a call: "done", the error status, or the code or name of the error. */
async function outcomeOf(call: Promise<unknown>): Promise<unknown> {
  try {
    await call;
    return "done";
  } catch (error) {
    if (isRestError(error)) return error.statusCode ?? error.code;
    return error instanceof Error ? error.name : error;
  }
}

/** Registers one device and returns the calls that the tests make. */
async function useDevice() {
  const client = createSdkClient(emulator());
  const tag = newTag();
  const registration = await client.createRegistration({
    kind: "Apple",
    deviceToken: newDeviceToken(),
    tags: [tag],
  });
  const { registrationId = "" } = registration;
  return {
    send: (abortSignal?: AbortSignal) =>
      outcomeOf(
        client.sendNotification(apple, {
          tagExpression: tag,
          ...(abortSignal !== undefined && { abortSignal }),
        }),
      ),
    sendToAndroid: () => outcomeOf(client.sendNotification(android, { tagExpression: tag })),
    get: () => outcomeOf(client.getRegistration(registrationId)),
    delivered: async () => (await readDeliveries(emulator().url)).length,
  };
}

describe("the effect of a rule", () => {
  test("status returns an error in the service's format without doing the work", async () => {
    const { send, delivered } = await useDevice();
    await setFaults(emulator().url, { status: 503 });
    expect(await send()).toBe(503);
    expect(await delivered()).toBe(0);
    const response = await callHub(emulator(), "GET", "/registrations");
    expect(await response.text()).toMatch(/^<Error><Code>503<\/Code>/);
    expect(response.headers.get("retry-after")).toBeNull();
  });

  test("retryAfter sets the Retry-After header", async () => {
    await setFaults(emulator().url, { status: 429, retryAfter: 7 });
    const response = await callHub(emulator(), "GET", "/registrations");
    expect(response.status).toBe(429);
    expect(response.headers.get("retry-after")).toBe("7");
  });

  test("delayMs alone delays the work and changes nothing else", async () => {
    const { send, delivered } = await useDevice();
    await setFaults(emulator().url, { delayMs: 120 });
    const start = performance.now();
    expect(await send()).toBe("done");
    expect(performance.now() - start).toBeGreaterThan(110);
    expect(await delivered()).toBe(1);
  });

  test("delayMs does the work even if the client has given up", async () => {
    const { send, delivered } = await useDevice();
    await setFaults(emulator().url, { delayMs: 150 });
    expect(await send(AbortSignal.timeout(75))).toBe("AbortError");
    expect(await delivered()).toBe(0);
    await until("the delivery", async () => (await delivered()) === 1);
  });

  test("delayMs delays another effect", async () => {
    const { get } = await useDevice();
    await setFaults(emulator().url, { delayMs: 120, status: 500 });
    const start = performance.now();
    expect(await get()).toBe(500);
    expect(performance.now() - start).toBeGreaterThan(110);
  });

  test("reset before drops the connection without doing the work", async () => {
    const { send, delivered } = await useDevice();
    await setFaults(emulator().url, { reset: "before" });
    expect(await send()).toBe("ECONNRESET");
    expect(await delivered()).toBe(0);
  });

  test("reset after does the work, then drops the connection", async () => {
    const { send, delivered } = await useDevice();
    await setFaults(emulator().url, { reset: "after" });
    expect(await send()).toBe("ECONNRESET");
    expect(await delivered()).toBe(1);
  });

  test("hang never responds and does no work", async () => {
    const { send, delivered } = await useDevice();
    await setFaults(emulator().url, { hang: true });
    expect(await send(AbortSignal.timeout(200))).toBe("AbortError");
    expect(await delivered()).toBe(0);
  });

  test("a rule without an effect does nothing", async () => {
    const { send } = await useDevice();
    await setFaults(emulator().url, {});
    expect(await send()).toBe("done");
  });
});

describe("a rule applies", () => {
  test("only to its method", async () => {
    const { send, get } = await useDevice();
    await setFaults(emulator().url, { match: { method: "post" }, status: 500 });
    expect(await send()).toBe(500);
    expect(await get()).toBe("done");
  });

  test("only to paths that contain its path", async () => {
    const { send, get } = await useDevice();
    await setFaults(emulator().url, { match: { path: "/messages" }, status: 500 });
    expect(await send()).toBe(500);
    expect(await get()).toBe("done");
  });

  test.each(["apple", "apns", "Apple"])("only to its platform, named %s", async (platform) => {
    const { send, sendToAndroid, get } = await useDevice();
    await setFaults(emulator().url, { match: { platform }, status: 500 });
    expect(await send()).toBe(500);
    expect(await sendToAndroid()).toBe("done");
    expect(await get()).toBe("done");
  });

  test("only if all of its conditions match", async () => {
    const { send, sendToAndroid } = await useDevice();
    await setFaults(emulator().url, {
      match: { method: "POST", path: "/messages", platform: "fcmv1" },
      status: 500,
    });
    expect(await send()).toBe("done");
    expect(await sendToAndroid()).toBe(500);
  });

  test("only the given number of times", async () => {
    const { send } = await useDevice();
    await setFaults(emulator().url, { status: 500, times: 2 });
    expect([await send(), await send(), await send()]).toEqual([500, 500, "done"]);
  });

  test("if it is the first match that is not used up", async () => {
    const { get } = await useDevice();
    await setFaults(emulator().url, { status: 500, times: 1 }, { status: 502, times: 1 });
    expect([await get(), await get(), await get()]).toEqual([500, 502, "done"]);
  });

  test("with a probability, reproducibly for the same seed", async () => {
    const { get } = await useDevice();
    const draw = async (seed: number): Promise<string> => {
      await setFaults(emulator().url, { status: 500, probability: 0.5, seed });
      const outcomes: unknown[] = [];
      for (let i = 0; i < 40; i++) outcomes.push(await get());
      return outcomes.join();
    };
    const first = await draw(1);
    expect(first).toContain("500");
    expect(first).toContain("done");
    expect(await draw(1)).toBe(first);
    expect(await draw(2)).not.toBe(first);
  });

  test("never with probability 0, always with 1", async () => {
    const { get } = await useDevice();
    await setFaults(
      emulator().url,
      { status: 500, probability: 0 },
      { status: 502, probability: 1 },
    );
    expect([await get(), await get()]).toEqual([502, 502]);
  });

  test("never to the simulated world itself", async () => {
    await setFaults(emulator().url, { reset: "before" });
    expect(await readDeliveries(emulator().url)).toEqual([]);
    await setFaults(emulator().url);
  });

  test("no longer after the rules are cleared", async () => {
    const { get } = await useDevice();
    await setFaults(emulator().url, { status: 500 });
    await fetch(`${emulator().url}/_emulator/faults`, { method: "DELETE" });
    expect(await get()).toBe("done");
  });
});

test("refuses invalid rules, names every fault, and changes nothing", async () => {
  await setFaults(emulator().url, { status: 500 });
  const response = await fetch(`${emulator().url}/_emulator/faults`, {
    method: "PUT",
    body: JSON.stringify({
      rules: [
        { status: 200, times: 0, colour: "red" },
        { match: { port: 1 }, probability: 2, delayMs: -1 },
        { reset: "during" },
        { hang: true, status: 500 },
        { retryAfter: 1 },
      ],
    }),
  });
  expect(response.status).toBe(400);
  expect(response.headers.get("content-type")).toBe("application/problem+json");
  const problem = JSON.parse(await response.text());
  const pointers = problem.errors.map(({ pointer }: { pointer: string }) => pointer);
  expect(pointers.sort()).toEqual([
    "/rules/0/colour",
    "/rules/0/status",
    "/rules/0/times",
    "/rules/1/delayMs",
    "/rules/1/match/port",
    "/rules/1/probability",
    "/rules/2/reset",
    "/rules/3",
    "/rules/4",
  ]);
  expect((await callHub(emulator(), "GET", "/registrations")).status).toBe(500);
});

describe("listLagMs", () => {
  async function useTag() {
    const tag = newTag();
    const client = createSdkClient(emulator());
    const deviceToken = newDeviceToken();
    return {
      client,
      tag,
      create: () => client.createRegistration({ kind: "Apple", deviceToken, tags: [tag] }),
      listed: async () => {
        const ids: (string | undefined)[] = [];
        for await (const { registrationId } of client.listRegistrationsByTag(tag)) {
          ids.push(registrationId);
        }
        return ids;
      },
      filtered: async () => {
        const ids: (string | undefined)[] = [];
        const filter = `DeviceToken eq '${deviceToken}'`;
        const options: object = { filter };
        for await (const one of client.listRegistrations(options)) ids.push(one.registrationId);
        return ids;
      },
    };
  }

  test("lists show writes after the lag; single reads and sends see them at once", async () => {
    const { client, tag, create, listed, filtered } = await useTag();
    const early = await create();
    await setFaults(emulator().url, { listLagMs: 400 });
    const late = await create();
    await client.deleteRegistration(early.registrationId ?? "");

    expect(await listed()).toEqual([early.registrationId]);
    expect(await filtered()).toEqual([early.registrationId]);
    expect(await outcomeOf(client.getRegistration(early.registrationId ?? ""))).toBe(404);
    expect(await outcomeOf(client.getRegistration(late.registrationId ?? ""))).toBe("done");
    await client.sendNotification(apple, { tagExpression: tag });
    expect(await readDeliveries(emulator().url)).toMatchObject([
      { registrationId: late.registrationId },
    ]);
    await until("the lists", async () => (await listed())[0] === late.registrationId);
    expect(await listed()).toEqual([late.registrationId]);
    expect(await filtered()).toEqual([late.registrationId]);
  });

  test("does not apply to other requests, which the next rule can match", async () => {
    const { create, listed } = await useTag();
    await setFaults(emulator().url, { listLagMs: 60_000 }, { status: 503 });
    expect(await outcomeOf(create())).toBe(503);
    expect(await listed()).toEqual([]);
  });

  test("ends with its rule", async () => {
    const { create, listed } = await useTag();
    await setFaults(emulator().url, { listLagMs: 60_000 });
    const { registrationId } = await create();
    expect(await listed()).toEqual([]);
    await fetch(`${emulator().url}/_emulator/faults`, { method: "DELETE" });
    expect(await listed()).toEqual([registrationId]);
  });
});
