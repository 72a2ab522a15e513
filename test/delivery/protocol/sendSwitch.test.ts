import { expect, test } from "vitest";
import { platforms } from "../../../src/platforms/platforms.ts";
import { everywhere, hour, minute, sentTo, settle, unavailable, work } from "./cloudRuns.ts";
import { createCloud } from "./inMemoryCloud.ts";

test("while sending is off nothing is sent and inserts go on; afterwards all is sent within 15 minutes", async () => {
  const cloud = createCloud();
  const instance = cloud.start();
  cloud.isSendingOff = true;
  const ids = Array.from({ length: 20 }, (_, index) => `row-${index}`);
  for (const id of ids) expect(await instance.insert(id)).toBe("inserted");
  await work(cloud, instance, 8 * hour);
  expect(cloud.sent).toEqual([]);
  expect(cloud.messages()).toHaveLength(ids.length);
  expect(cloud.log.join()).toContain("sending is switched off");

  cloud.isSendingOff = false;
  await work(cloud, instance, 15 * minute);
  expect(cloud.messages()).toEqual([]);
  for (const id of ids) expect(sentTo(cloud, id)).toEqual(everywhere);
  expect(cloud.sent).toHaveLength(ids.length * platforms.length);
});

test("what was sent to one platform before is sent to the others only", async () => {
  const cloud = createCloud();
  const instance = cloud.start();
  cloud.hub = (platform) => (platform === "wns" ? unavailable : { kind: "done", value: {} });
  await instance.insert("a");
  cloud.isSendingOff = true;
  cloud.hub = () => ({ kind: "done", value: {} });
  await work(cloud, instance, hour);
  expect(sentTo(cloud, "a")).toEqual(["apns", "fcmv1"]);
  cloud.isSendingOff = false;
  await settle(cloud, instance);
  expect(sentTo(cloud, "a")).toEqual(everywhere);
});

test("what is older than a day when sending is switched on is on the poison queue", async () => {
  const cloud = createCloud();
  const instance = cloud.start();
  cloud.isSendingOff = true;
  await instance.insert("old");
  await work(cloud, instance, 20 * hour);
  await instance.insert("new");
  await work(cloud, instance, 5 * hour);
  expect(cloud.poisoned).toMatchObject([{ reason: "expired" }]);
  cloud.isSendingOff = false;
  await settle(cloud, instance);
  expect([sentTo(cloud, "old"), sentTo(cloud, "new")]).toEqual([[], everywhere]);
});

test("switched off, no breaker counts and no probe is taken", async () => {
  const cloud = createCloud();
  const instance = cloud.start();
  cloud.hub = () => unavailable;
  for (const id of ["a", "b", "c"]) await instance.insert(id);
  cloud.isSendingOff = true;
  cloud.calls.splice(0);
  await work(cloud, instance, hour);
  expect(new Set(cloud.calls)).toEqual(new Set(["update"]));
});

test("what waits for a place when sending is switched off is not sent", async () => {
  const cloud = createCloud();
  const instance = cloud.start(15, platforms.length);
  cloud.hub = () => unavailable;
  for (const id of ["a", "b"]) await instance.insert(id);
  cloud.pass(minute);
  const answer = Promise.withResolvers<{ kind: "done"; value: object }>();
  let calls = 0;
  cloud.hub = () => {
    calls++;
    cloud.isSendingOff = true;
    return answer.promise;
  };
  const redelivered = instance.redeliver();
  await new Promise((resolve) => setImmediate(resolve));
  answer.resolve({ kind: "done", value: {} });
  await redelivered;
  expect(calls).toBe(platforms.length);
  expect(cloud.messages()).toHaveLength(1);
  cloud.isSendingOff = false;
  await settle(cloud, instance);
  expect([sentTo(cloud, "a"), sentTo(cloud, "b")]).toEqual([everywhere, everywhere]);
});
