import { describe, expect, test } from "vitest";
import type { Accepted } from "../../../src/delivery/sendToAudience.ts";
import type { Platform } from "../../../src/hub/platform.ts";
import type { HubResult } from "../../../src/hub/result.ts";
import { everywhere, openBreaker, sentResult, sentTo, settle, unavailable } from "./cloudRuns.ts";
import { createCloud } from "./inMemoryCloud.ts";

describe("an insert", () => {
  test("makes three calls to storage and three sends, and leaves nothing on the queue", async () => {
    const cloud = createCloud();
    expect(await cloud.start().insert("a")).toBe("inserted");
    expect(cloud.calls).toEqual([
      "put",
      "insert row",
      "send wns",
      "send apns",
      "send fcmv1",
      "remove",
    ]);
    expect(cloud.messages()).toEqual([]);
    expect(sentTo(cloud, "a")).toEqual(everywhere);
  });

  test("writes no row if the queue is down", async () => {
    const cloud = createCloud();
    cloud.storage.queue = "down";
    expect(await cloud.start().insert("a")).toBe("unavailable");
    expect(cloud.calls).toEqual(["put"]);
  });

  test("does not begin to write later than 10 s after it began", async () => {
    const cloud = createCloud();
    cloud.durations = (call) => (call === "put" ? 10_001 : 0);
    expect(await cloud.start().insert("a")).toBe("too late");
    expect(cloud.rows.size).toBe(0);
    await settle(cloud, cloud.start());
    expect(cloud.sent).toEqual([]);
  });

  test("does not fail if a send throws, and the platform is tried again", async () => {
    const cloud = createCloud();
    const instance = cloud.start();
    cloud.hub = (platform) => (platform === "wns" ? "throws" : { kind: "done", value: {} });
    expect(await instance.insert("a")).toBe("inserted");
    cloud.hub = () => ({ kind: "done", value: {} });
    await settle(cloud, instance);
    expect(sentTo(cloud, "a")).toEqual(everywhere);
  });

  test("does not call a platform whose breaker is open, and calls the others", async () => {
    const cloud = createCloud();
    const instance = cloud.start();
    await openBreaker(cloud, instance, "apns");
    cloud.calls.splice(0);
    for (const id of ["a", "b"]) expect(await instance.insert(id)).toBe("inserted");
    expect(cloud.calls).not.toContain("send apns");
    expect(sentTo(cloud, "b")).toEqual(["fcmv1", "wns"]);
  });

  test("answers before a probe has, and settles the intent once, after it", async () => {
    const cloud = createCloud();
    const instance = cloud.start();
    await openBreaker(cloud, instance, "apns");
    cloud.pass(5_000);
    cloud.calls.splice(0);
    const { promise, resolve } = Promise.withResolvers<HubResult<Accepted>>();
    cloud.hub = (platform) => (platform === "apns" ? promise : { kind: "done", value: {} });
    expect(await instance.insert("a")).toBe("inserted");
    expect(sentTo(cloud, "a")).toEqual(["fcmv1", "wns"]);
    expect(cloud.calls).toContain("send apns");
    expect(cloud.calls).not.toContain("update");
    expect(cloud.calls).not.toContain("remove");

    resolve({ kind: "done", value: {} });
    await new Promise(setImmediate);
    expect(sentTo(cloud, "a")).toEqual(everywhere);
    expect(cloud.calls.filter((call) => call === "remove")).toHaveLength(1);
    expect(cloud.log.join()).toContain('"outcome":"circuit-closed"');
  });

  test("that is sent partly leaves only the rest on the queue", async () => {
    const cloud = createCloud();
    cloud.hub = (platform) => (platform === "apns" ? unavailable : { kind: "done", value: {} });
    await cloud.start().insert("a");
    expect(cloud.messages()).toMatchObject([{ content: { platforms: ["apns"], attempt: 1 } }]);
  });

  test("puts the rest as a new message if the intent is gone", async () => {
    const cloud = createCloud();
    const instance = cloud.start();
    cloud.hub = (platform) => {
      cloud.clearQueue();
      return platform === "apns" ? unavailable : { kind: "done", value: {} };
    };
    await instance.insert("a");
    expect(cloud.messages()).toMatchObject([
      { content: { intentId: cloud.rows.get("a"), platforms: ["apns"] } },
    ]);
  });

  test("puts no copy if redelivery has the intent by then", async () => {
    const cloud = createCloud();
    const [instance, other] = [cloud.start(), cloud.start()];
    let isFirst = true;
    cloud.hub = async (platform) => {
      if (platform !== "apns") return sentResult;
      if (isFirst) {
        isFirst = false;
        cloud.pass(30_001);
        await other.redeliver();
      }
      return unavailable;
    };
    expect(await instance.insert("a")).toBe("inserted");
    expect(cloud.messages()).toMatchObject([{ content: { platforms: ["apns"] } }]);
  });
});

describe("a platform that refuses the payload", () => {
  const refusing = (platform: Platform): HubResult<Accepted> =>
    platform === "wns" ? { kind: "refused", status: 413 } : { kind: "done", value: {} };

  test("is done for an insert, and its intent is on the poison queue", async () => {
    const cloud = createCloud();
    cloud.hub = refusing;
    await cloud.start().insert("a");
    expect(cloud.messages()).toEqual([]);
    expect(cloud.poisoned).toMatchObject([
      { reason: "refused by the hub", message: { platforms: ["wns"] } },
    ]);
  });

  test("is tried again if the poison queue does not take it", async () => {
    const cloud = createCloud();
    cloud.hub = refusing;
    cloud.storage.poison = "down";
    const instance = cloud.start();
    await instance.insert("a");
    expect(cloud.messages()).toMatchObject([{ content: { platforms: ["wns"] } }]);
    cloud.storage.poison = "up";
    await settle(cloud, instance);
    expect(cloud.poisoned).toHaveLength(1);
  });
});
