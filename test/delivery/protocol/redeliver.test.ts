import { describe, expect, test } from "vitest";
import { messageOf, newIntent } from "../../../src/delivery/intent.ts";
import { platforms } from "../../../src/platforms/platforms.ts";
import { everywhere, hour, minute, sentTo, settle, unavailable, work } from "./cloudRuns.ts";
import { announcementOf, type Cloud, createCloud, type Instance } from "./inMemoryCloud.ts";

describe("redelivery", () => {
  /** Inserts while every platform fails, so that the intent waits, and returns an instance with closed breakers. */
  async function waiting(cloud: Cloud): Promise<Instance> {
    cloud.hub = () => unavailable;
    expect(await cloud.start().insert("a")).toBe("inserted");
    cloud.hub = () => ({ kind: "done", value: {} });
    cloud.calls.splice(0);
    return cloud.start();
  }

  test("sends what is missing and finishes the message", async () => {
    const cloud = createCloud();
    await settle(cloud, await waiting(cloud));
    expect(sentTo(cloud, "a")).toEqual(everywhere);
  });

  test("sends every attempt with one replacement key", async () => {
    const cloud = createCloud();
    const instance = await waiting(cloud);
    cloud.hub = () => "lost response";
    await work(cloud, instance, 5 * minute);
    cloud.hub = () => ({ kind: "done", value: {} });
    await settle(cloud, instance);
    expect(cloud.sent.length).toBeGreaterThan(3);
    expect(new Set(cloud.sent.map(({ key }) => key)).size).toBe(1);
  });

  test("does not call a platform whose breaker is open, and counts no attempt", async () => {
    const cloud = createCloud();
    const instance = cloud.start();
    cloud.hub = () => unavailable;
    for (let index = 0; index < 3; index++) await instance.insert(`row-${index}`);
    const attempts = () =>
      cloud.messages().map(({ content }) => (content as { attempt: number }).attempt);
    const before = attempts();
    cloud.pass(30_000);
    cloud.calls.splice(0);
    await instance.redeliver();
    // One of the three is the probe of each platform.
    expect(cloud.calls.filter((call) => call.startsWith("send"))).toHaveLength(3);
    expect(attempts().reduce((sum, attempt) => sum + attempt)).toBe(
      before.reduce((sum, attempt) => sum + attempt) + 1,
    );
  });

  test("waits for the time that the hub asked for, and then sends", async () => {
    const cloud = createCloud();
    const instance = cloud.start();
    cloud.hub = () => ({ kind: "unavailable", status: 503, retryAfter: 900 });
    await instance.insert("a");
    cloud.hub = () => ({ kind: "done", value: {} });
    cloud.calls.splice(0);
    await work(cloud, instance, 890_000);
    expect(cloud.calls.filter((call) => call.startsWith("send"))).toEqual([]);
    // It is not shown again and again meanwhile.
    expect(cloud.messages()[0]?.dequeueCount).toBeLessThanOrEqual(3);
    // And a quarter of it more, because not all that waits comes at once.
    await work(cloud, instance, 240_000);
    expect(sentTo(cloud, "a")).toEqual(everywhere);
  });

  test("postpones an intent ever longer while the hub is down, up to 2 hours", async () => {
    const cloud = createCloud();
    const instance = await waiting(cloud);
    cloud.hub = () => unavailable;
    await work(cloud, instance, 20 * hour);
    expect(cloud.calls.filter((call) => call === "update").length).toBeLessThan(25);
    cloud.hub = () => ({ kind: "done", value: {} });
    await settle(cloud, instance);
    expect(sentTo(cloud, "a")).toEqual(everywhere);
    expect(cloud.poisoned).toEqual([]);
  });

  test.each(["down", "refused"] as const)(
    "postpones an intent in place while the table is %s, for longer than the host's patience",
    async (state) => {
      const cloud = createCloud();
      const instance = await waiting(cloud);
      cloud.storage.table = state;
      await work(cloud, instance, 20 * hour);
      expect(cloud.poisoned).toEqual([]);
      cloud.storage.table = "up";
      await settle(cloud, instance);
      expect(sentTo(cloud, "a")).toEqual(everywhere);
    },
  );

  test("puts a message again before the host gives it up", async () => {
    const cloud = createCloud();
    const instance = cloud.start(1);
    cloud.hub = () => unavailable;
    await instance.insert("a");
    // As after some calls of the queue that failed: the host shows a message again that could not be put off.
    for (const message of cloud.messages()) message.dequeueCount = 60;
    cloud.calls.splice(0);
    await work(cloud, instance, 20 * hour);
    expect(cloud.calls.filter((call) => call === "put")).toHaveLength(1);
    expect(cloud.messages()[0]?.dequeueCount).toBeLessThan(50);
    expect(cloud.poisoned).toEqual([]);
    cloud.hub = () => ({ kind: "done", value: {} });
    await settle(cloud, instance);
    expect(sentTo(cloud, "a")).toEqual(everywhere);
  });

  test("gives an intent up after a day, also if the table can't be read", async () => {
    const cloud = createCloud();
    const instance = await waiting(cloud);
    cloud.storage.table = "down";
    cloud.pass(24 * hour + 1);
    await instance.redeliver();
    expect(cloud.poisoned).toMatchObject([{ reason: "expired", message: { platforms } }]);
    expect(cloud.messages()).toEqual([]);
  });

  test("waits for a row that storage writes late, and announces it", async () => {
    const cloud = createCloud();
    const instance = cloud.start(1);
    cloud.nextInsert = { kind: "late", milliseconds: 35_000 };
    expect(await instance.insert("a")).toBe("unavailable");
    await work(cloud, instance, 2 * minute);
    expect(cloud.rows.has("a")).toBe(true);
    expect(sentTo(cloud, "a")).toEqual(everywhere);
  });

  test("drops an intent whose row never came, and one of another insert's row", async () => {
    const cloud = createCloud();
    const instance = cloud.start();
    cloud.nextInsert = { kind: "late", milliseconds: 100 * hour };
    await instance.insert("a");
    await settle(cloud, instance);
    expect(cloud.log.join()).toContain('"reason":"no row"');

    cloud.nextInsert = { kind: "lost response" };
    await instance.insert("b");
    cloud.rows.set("b", "another intent");
    await settle(cloud, instance);
    expect(cloud.sent).toEqual([]);
  });

  test("that outlasts half of the host's hold loses nothing", async () => {
    const cloud = createCloud();
    const instance = await waiting(cloud);
    cloud.hub = () => unavailable;
    cloud.pass(minute);
    cloud.durations = (call) => (call.startsWith("send") ? 200_000 : 0);
    await instance.redeliver();
    expect(cloud.messages()).toHaveLength(1);
    cloud.durations = () => 0;
    cloud.hub = () => ({ kind: "done", value: {} });
    await settle(cloud, cloud.start());
    expect(sentTo(cloud, "a")).toEqual(everywhere);
  });

  test("that outlasts half of the hold after a part was sent puts the rest as a new message", async () => {
    const cloud = createCloud();
    const instance = await waiting(cloud);
    cloud.hub = (platform) => (platform === "apns" ? unavailable : { kind: "done", value: {} });
    cloud.pass(minute);
    cloud.durations = (call) => (call.startsWith("send") ? 200_000 : 0);
    await instance.redeliver();
    expect(cloud.messages()).toMatchObject([{ content: { platforms: ["apns"] } }]);
    cloud.durations = () => 0;
    cloud.hub = () => ({ kind: "done", value: {} });
    await settle(cloud, cloud.start());
    expect(sentTo(cloud, "a")).toEqual(everywhere);
  });

  test.each([
    "of which nothing was sent",
    "whose table is away",
    "whose row is not there yet",
    "of a later version",
  ])("leaves an intent %s to the process that has it by now", async (which) => {
    const cloud = createCloud();
    const instance = await waiting(cloud);
    cloud.hub = () => unavailable;
    if (which === "whose table is away") cloud.storage.table = "down";
    if (which === "whose row is not there yet") cloud.rows.clear();
    const [message] = cloud.messages();
    const createdAt = new Date(cloud.time()).toISOString();
    if (message && which === "of a later version") message.content = { version: 4, createdAt };
    const before = cloud.messages().map(({ content }) => content);
    cloud.pass(minute);
    cloud.turn = async (call) => {
      if (message && call === "update") message.popReceipt = "of another process";
    };
    await instance.redeliver();
    expect(cloud.calls).toContain("update");
    expect(cloud.messages().map(({ content }) => content)).toEqual(before);
  });

  test("keeps an intent of a later version in place, whatever it holds, until a day has passed", async () => {
    const cloud = createCloud();
    const instance = await waiting(cloud);
    const [message] = cloud.messages();
    const createdAt = new Date(cloud.time()).toISOString();
    const later = { version: 4, createdAt, audience: { topics: ["news"] } };
    if (message) message.content = later;
    await work(cloud, instance, 20 * hour);
    expect(cloud.messages().map(({ content }) => content)).toEqual([later]);
    expect(cloud.poisoned).toEqual([]);
    await work(cloud, instance, 5 * hour);
    expect(cloud.poisoned).toEqual([{ reason: "expired", message: later }]);
  });

  test("moves what it can't read to the poison queue", async () => {
    const cloud = createCloud();
    const instance = await waiting(cloud);
    const [message] = cloud.messages();
    if (message) message.content = "hello";
    cloud.pass(minute);
    await instance.redeliver();
    expect(cloud.poisoned).toEqual([{ reason: "unreadable", message: "hello" }]);
  });
});

test("an intent that was put by an earlier release is delivered", async () => {
  const cloud = createCloud();
  const instance = cloud.start();
  cloud.hub = () => unavailable;
  await instance.insert("a");
  const [message] = cloud.messages();
  const { postponements, ...earlier } = Object(
    messageOf(newIntent(announcementOf("a"), platforms, cloud.time())),
  );
  if (message) message.content = { ...earlier, intentId: cloud.rows.get("a") };
  cloud.hub = () => ({ kind: "done", value: {} });
  await settle(cloud, cloud.start());
  expect(sentTo(cloud, "a")).toEqual(everywhere);
});
