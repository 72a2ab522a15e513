import { describe, expect, test } from "vitest";
import type { Accepted } from "../../../src/delivery/sendToAudience.ts";
import type { HubResult } from "../../../src/hub/result.ts";
import { hour, minute, openBreaker, sentResult, unavailable, work } from "./cloudRuns.ts";
import { type Cloud, createCloud, type Instance } from "./inMemoryCloud.ts";

/** With jitter, of a quarter of it. */
function expectWaitOf900(cloud: Cloud): void {
  const seconds = ((cloud.messages()[0]?.visibleAt ?? 0) - cloud.time()) / 1_000;
  expect(seconds).toBeGreaterThanOrEqual(900);
  expect(seconds).toBeLessThanOrEqual(900 * 1.25 + 1);
}

describe("what must not be taken for done", () => {
  async function waitingIntent(): Promise<{ cloud: Cloud; instance: Instance }> {
    const cloud = createCloud();
    const instance = cloud.start();
    cloud.hub = () => unavailable;
    await instance.insert("a");
    return { cloud, instance };
  }

  test("an intent whose day has passed stays on the queue if the poison queue does not take it", async () => {
    const { cloud, instance } = await waitingIntent();
    cloud.storage.poison = "down";
    cloud.pass(24 * hour + 1);
    await instance.redeliver();
    expect(cloud.messages()).toHaveLength(1);
  });

  test("a message that is to be put again stays if the queue does not take it", async () => {
    const { cloud, instance } = await waitingIntent();
    for (const message of cloud.messages()) message.dequeueCount = 60;
    cloud.pass(minute);
    cloud.storage.queue = "down";
    await instance.redeliver();
    expect(cloud.messages()).toHaveLength(1);
  });

  test("a message stays if the queue does not take its postponement", async () => {
    const { cloud, instance } = await waitingIntent();
    cloud.pass(minute);
    cloud.storage.queue = "down";
    await instance.redeliver();
    expect(cloud.messages()).toHaveLength(1);
  });

  test("a row that another insert wrote leaves no intent", async () => {
    const cloud = createCloud();
    cloud.rows.set("a", "another intent");
    expect(await cloud.start().insert("a")).toBe("exists");
    expect(cloud.messages()).toEqual([]);
  });

  test("an intent of which nothing was sent is left untouched", async () => {
    const { cloud } = await waitingIntent();
    expect(cloud.calls).not.toContain("update");
    expect(cloud.calls).not.toContain("remove");
  });

  test("what is left of an insert waits for the time that the hub asked for, and no other platform does", async () => {
    const cloud = createCloud();
    const asking: HubResult<Accepted> = { kind: "unavailable", status: 429, retryAfter: 900 };
    cloud.hub = (platform) => (platform === "apns" ? asking : { kind: "done", value: {} });
    await cloud.start().insert("a");
    expectWaitOf900(cloud);

    const other = createCloud();
    const results = new Map<string, HubResult<Accepted>>([
      ["wns", asking],
      ["apns", unavailable],
    ]);
    other.hub = (platform) => results.get(platform) ?? sentResult;
    await other.start().insert("a");
    expect(other.messages()[0]?.visibleAt).toBeLessThanOrEqual(other.time() + 15_000);
  });

  test("a redelivery whose hub asks for time waits for it", async () => {
    const { cloud, instance } = await waitingIntent();
    cloud.hub = () => ({ kind: "credentials", status: 403, retryAfter: 900 });
    cloud.pass(minute);
    await instance.redeliver();
    expectWaitOf900(cloud);
  });

  test("a refused payload is an answer: it opens no breaker, and closes one", async () => {
    const cloud = createCloud();
    const instance = cloud.start();
    cloud.hub = () => ({ kind: "refused", status: 413 });
    for (let index = 0; index < 4; index++) await instance.insert(`row-${index}`);
    expect(cloud.log.join()).not.toContain("circuit-open");
  });

  test("a platform that was not tried counts no attempt", async () => {
    const cloud = createCloud();
    const instance = cloud.start();
    await openBreaker(cloud, instance, "apns");
    await instance.insert("a");
    expect(cloud.messages().at(-1)).toMatchObject({ content: { platforms: ["apns"], attempt: 0 } });
  });

  test("a redelivery that finds a platform's breaker open counts no attempt for it", async () => {
    const { cloud } = await waitingIntent();
    const instance = cloud.start();
    cloud.pass(minute);
    await openBreaker(cloud, instance, "apns");
    await instance.redeliver();
    const [message] = cloud.messages();
    expect(message).toMatchObject({ content: { platforms: ["apns"], attempt: 0 } });
  });

  test("the count of postponements begins again after an attempt", async () => {
    const { cloud, instance } = await waitingIntent();
    cloud.storage.table = "down";
    await work(cloud, instance, 10 * minute);
    const [message] = cloud.messages();
    // From 15 seconds on, each delay is twice as long as the one before, at most.
    expect(message?.dequeueCount).toBeLessThan(10);
    expect(message?.content).toMatchObject({ postponements: message?.dequeueCount });
    cloud.storage.table = "up";
    await work(cloud, instance, 6 * minute);
    expect(cloud.messages()).toMatchObject([{ content: { postponements: 0 } }]);
  });

  test("a failure of the queue after the sends does not fail the insert", async () => {
    const cloud = createCloud();
    const instance = cloud.start();
    cloud.durations = (call) => {
      if (call === "remove") throw new Error("a bug");
      return 0;
    };
    expect(await instance.insert("a")).toBe("inserted");
  });
});
