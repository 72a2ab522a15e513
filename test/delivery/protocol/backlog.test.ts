import { expect, test } from "vitest";
import { platforms } from "../../../src/platforms/platforms.ts";
import { count } from "../../support/counts.ts";
import { hour, minute, sentResult, settle, unavailable } from "./cloudRuns.ts";
import { createCloud } from "./inMemoryCloud.ts";

test("an intent whose platforms are all held back costs one call to storage", async () => {
  const cloud = createCloud();
  const instance = cloud.start();
  cloud.hub = () => unavailable;
  for (const id of ["a", "b", "c"]) await instance.insert(id);
  cloud.pass(30_001);
  cloud.calls.splice(0);
  await instance.redeliver();
  // One of the three is the probe of every platform. It takes as many of its calls as it needs.
  expect(cloud.calls.toSorted()).toEqual([
    ...["read mark", "read row", "send apns", "send fcmv1", "send wns"],
    ...["update", "update", "update"],
  ]);
});

test("an intent that is put off is looked at when its day ends, and not hours later", async () => {
  const cloud = createCloud();
  const instance = cloud.start();
  cloud.hub = () => unavailable;
  await instance.insert("a");
  for (let hours = 0; hours < 26 && cloud.poisoned.length === 0; ) {
    const [message] = cloud.messages();
    cloud.pass((message?.visibleAt ?? 0) - cloud.time() + 1);
    await instance.redeliver();
    hours = (cloud.time() - Date.UTC(2026, 0, 1)) / hour;
    if (cloud.poisoned.length > 0) expect(hours).toBeLessThan(24.01);
  }
  expect(cloud.poisoned).toMatchObject([{ reason: "expired" }]);
});

test("a hub that asks for some seconds again and again does not bring back everything after them", async () => {
  const cloud = createCloud();
  const instance = cloud.start();
  cloud.hub = () => ({ kind: "unavailable", status: 429, retryAfter: 10 });
  for (let index = 0; index < 200; index++) await instance.insert(`row-${index}`);
  cloud.calls.splice(0);
  for (let second = 0; second < 3_600; second++) {
    cloud.pass(1_000);
    await instance.redeliver();
  }
  // About 2,700: what was tried begins again. If what waits came back when the hub asks for it, there were 3,300 and more.
  expect(cloud.calls.filter((call) => call === "update").length).toBeLessThan(3_050);
});

test("10,000 messages that the hub asked to wait are spread over a quarter of the time", async () => {
  const cloud = createCloud();
  const instance = cloud.start();
  cloud.hub = () => unavailable;
  const most = count(1_000, 10_000);
  for (let index = 0; index < most; index++) await instance.insert(`row-${index}`);
  cloud.hub = () => ({ kind: "unavailable", status: 429, retryAfter: 900 });
  for (let second = 0; second < 300; second++) {
    cloud.pass(1_000);
    await instance.redeliver();
  }
  const seconds = new Map<number, number>();
  for (const { visibleAt } of cloud.messages()) {
    const second = Math.floor(visibleAt / 1_000);
    seconds.set(second, (seconds.get(second) ?? 0) + 1);
  }
  // A quarter of 900 s has 225 of them.
  expect(Math.max(...seconds.values())).toBeLessThan((most / 225) * 2 + 20);
  cloud.hub = () => sentResult;
  await settle(cloud, instance);
  expect(cloud.sent).toHaveLength(most * platforms.length);
}, 120_000);

test(
  "in an outage of the hub, no insert fails for want of storage, and afterwards everything is delivered",
  async () => {
    const cloud = createCloud();
    const instance = cloud.start();
    const [perSecond, outage] = [count(2, 10), count(1, 6) * hour];
    cloud.callsPerSecond = perSecond * 40;
    cloud.hub = () => unavailable;
    const answers = new Map<string, number>();
    let rows = 0;
    for (const end = cloud.time() + outage; cloud.time() < end; ) {
      cloud.pass(1_000);
      // The backlog takes from the second first.
      await instance.redeliver();
      for (let one = 0; one < perSecond; one++) {
        const answer = await instance.insert(`row-${rows++}`);
        answers.set(answer, (answers.get(answer) ?? 0) + 1);
      }
      // They would use up the memory of the test.
      cloud.calls.length = 0;
      cloud.log.length = 0;
    }
    expect([...answers]).toEqual([["inserted", rows]]);

    cloud.hub = () => sentResult;
    const most = cloud.time() + 4 * hour;
    while (cloud.messages().length > 0 && cloud.time() < most) {
      cloud.pass(1_000);
      await instance.redeliver();
      cloud.calls.length = 0;
      cloud.log.length = 0;
    }
    expect(cloud.messages()).toEqual([]);
    expect(cloud.poisoned).toEqual([]);
    expect(new Set(cloud.sent.map(({ rowId, platform }) => `${rowId} ${platform}`)).size).toBe(
      rows * platforms.length,
    );
    expect(cloud.sent).toHaveLength(rows * platforms.length);
  },
  20 * minute,
);
