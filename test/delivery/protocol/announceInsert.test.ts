import { describe, expect, test } from "vitest";
import type { Accepted } from "../../../src/delivery/sendToAudience.ts";
import type { HubResult } from "../../../src/hub/result.ts";
import type { Platform } from "../../../src/platforms/platforms.ts";
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

  test("answers when the intent is put and the row written, and settles the intent once, after all sends", async () => {
    const cloud = createCloud();
    const instance = cloud.start();
    const { promise, resolve } = Promise.withResolvers<HubResult<Accepted>>();
    cloud.hub = (platform) => (platform === "apns" ? promise : { kind: "done", value: {} });
    expect(await instance.answer("a")).toBe("inserted");
    await new Promise(setImmediate);
    expect(sentTo(cloud, "a")).toEqual(["fcmv1", "wns"]);
    expect(cloud.calls).toContain("send apns");
    expect(cloud.calls).not.toContain("update");
    expect(cloud.calls).not.toContain("remove");

    resolve({ kind: "done", value: {} });
    await instance.idle();
    expect(sentTo(cloud, "a")).toEqual(everywhere);
    expect(cloud.calls.filter((call) => call === "remove")).toHaveLength(1);
  });

  test("lets one call through every 5 s while a breaker is open", async () => {
    const cloud = createCloud();
    const instance = cloud.start();
    await openBreaker(cloud, instance, "apns");
    cloud.calls.splice(0);
    cloud.pass(5_000);
    cloud.hub = () => ({ kind: "done", value: {} });
    await instance.insert("a");
    expect(sentTo(cloud, "a")).toEqual(everywhere);
    expect(cloud.log.join()).toContain('"outcome":"circuit-closed"');
  });

  test("names its invocation and the level in the lines behind its answer", async () => {
    const cloud = createCloud();
    cloud.hub = (platform) => (platform === "apns" ? unavailable : { kind: "done", value: {} });
    await cloud.start().insert("a");
    expect(cloud.log.map((line) => JSON.parse(line))).toMatchObject([
      { outcome: "retry", invocationId: "invocation of a", level: "warn" },
      { outcome: "accepted", invocationId: "invocation of a", level: "info" },
    ]);
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

describe("sends behind answers", () => {
  const slow = () => {
    const waiting: (() => void)[] = [];
    const hub = () =>
      new Promise<HubResult<Accepted>>((resolve) => {
        waiting.push(() => resolve(sentResult));
      });
    return { waiting, hub };
  };

  test("beyond the most at once are left to redelivery, visible at once, and logged", async () => {
    const cloud = createCloud();
    const instance = cloud.start(15, 6);
    const { waiting, hub } = slow();
    cloud.hub = hub;
    for (const id of ["a", "b", "c"]) expect(await instance.answer(id)).toBe("inserted");
    await new Promise(setImmediate);
    expect(waiting).toHaveLength(6);
    expect(cloud.log.map((line) => JSON.parse(line))).toMatchObject([
      { outcome: "overflowed", itemId: "c", level: "warn" },
    ]);
    const [overflowed, ...others] = cloud
      .messages()
      .filter(({ visibleAt }) => visibleAt <= cloud.time());
    expect(overflowed?.content).toMatchObject({ intentId: cloud.rows.get("c"), attempt: 0 });
    expect(others).toEqual([]);

    // Redelivery in the same process waits for places, and goes before what is inserted after it.
    const redelivered = instance.redeliver();
    await new Promise(setImmediate);
    expect(waiting).toHaveLength(6);
    await instance.answer("d");
    await new Promise(setImmediate);
    expect(cloud.log.filter((line) => line.includes('"overflowed"'))).toHaveLength(2);
    for (const answer of waiting.splice(0)) answer();
    await new Promise(setImmediate);
    expect(waiting).toHaveLength(3);
    for (const answer of waiting.splice(0)) answer();
    await Promise.all([redelivered, instance.idle()]);
    cloud.hub = () => sentResult;
    await settle(cloud, instance);
    for (const id of ["a", "b", "c", "d"]) expect(sentTo(cloud, id)).toEqual(everywhere);
  });

  test("do not begin if they could not end before the intent becomes visible", async () => {
    // It is hidden for 8 s, so that sends end after 6 s, and none begins in the last of them.
    for (const [took, begins] of [
      [4_900, true],
      [5_100, false],
    ] as const) {
      const cloud = createCloud();
      cloud.durations = (call) => (call === "put" ? took : 0);
      await cloud.start(4).insert("a");
      expect(sentTo(cloud, "a")).toEqual(begins ? everywhere : []);
      expect(cloud.messages()).toHaveLength(begins ? 0 : 1);
      await settle(cloud, cloud.start());
      expect(sentTo(cloud, "a")).toEqual(everywhere);
    }
  });

  test("of one replacement key leave in order, also if the first is slow", async () => {
    const cloud = createCloud();
    const instance = cloud.start();
    const { waiting, hub } = slow();
    cloud.hub = hub;
    await instance.answer("a");
    await new Promise(setImmediate);
    // The item is deleted and inserted again: the same key.
    cloud.rows.delete("a");
    cloud.hub = () => sentResult;
    await instance.answer("a");
    await instance.answer("b");
    await new Promise(setImmediate);
    expect(cloud.sent.map(({ rowId }) => rowId)).toEqual(["b", "b", "b"]);
    for (const answer of waiting) answer();
    await instance.idle();
    expect(sentTo(cloud, "a")).toHaveLength(6);
    expect(cloud.messages()).toEqual([]);
  });

  test("do not begin when the process is about to end, which waits for those under way", async () => {
    const cloud = createCloud();
    const instance = cloud.start();
    const { waiting, hub } = slow();
    cloud.hub = hub;
    await instance.answer("a");
    await new Promise(setImmediate);
    let drained = false;
    const draining = instance.behindAnswers.drain(60_000).then(() => {
      drained = true;
    });
    await instance.answer("b");
    await new Promise(setImmediate);
    expect([drained, waiting.length]).toEqual([false, 3]);
    for (const answer of waiting) answer();
    await draining;
    expect(sentTo(cloud, "a")).toEqual(everywhere);
    expect(cloud.messages().map(({ content }) => content)).toMatchObject([
      { intentId: cloud.rows.get("b"), attempt: 0 },
    ]);
    cloud.hub = () => sentResult;
    await settle(cloud, cloud.start());
    expect(sentTo(cloud, "b")).toEqual(everywhere);
  });

  test("are waited for no longer than a process may take to end", async () => {
    const cloud = createCloud();
    const instance = cloud.start();
    cloud.hub = slow().hub;
    await instance.answer("a");
    await instance.behindAnswers.drain(5);
    expect(cloud.messages()).toHaveLength(1);
  });

  test("to a user's devices are waited for when the user is forgotten, and no others", async () => {
    const cloud = createCloud();
    const instance = cloud.start();
    const { waiting, hub } = slow();
    cloud.hub = hub;
    await instance.answer("a");
    await new Promise(setImmediate);
    expect(await instance.behindAnswers.ended("another", 60_000)).toBe(true);
    expect(await instance.behindAnswers.ended("user", 5)).toBe(false);
    const ended = instance.behindAnswers.ended("user", 60_000);
    for (const answer of waiting) answer();
    expect(await ended).toBe(true);
  });

  test("count once in a breaker for each intent and platform", async () => {
    const cloud = createCloud();
    const instance = cloud.start();
    cloud.hub = () => unavailable;
    for (const id of ["a", "b"]) await instance.insert(id);
    expect(cloud.log.join()).not.toContain("circuit-open");
    await instance.insert("c");
    expect(cloud.log.join().match(/circuit-open/g)).toHaveLength(3);
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
