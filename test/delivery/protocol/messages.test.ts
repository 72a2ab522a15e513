import { describe, expect, test } from "vitest";
import {
  everywhere,
  hour,
  minute,
  sentResult,
  sentTo,
  settle,
  unavailable,
  work,
} from "./cloudRuns.ts";
import { createCloud, messageTo } from "./inMemoryCloud.ts";

const world = { kind: "topic", topic: "world" } as const;
const message = messageTo(world, "m");

const sentOn = (...platforms: readonly string[]) =>
  platforms.map((platform) => ({ platform, kind: "sent", notificationId: `id of ${platform}` }));

test("a message is sent, and its results are recorded before its intent goes", async () => {
  const cloud = createCloud();
  cloud.hub = (platform) => ({ kind: "done", value: { notificationId: `id of ${platform}` } });
  expect(await cloud.start().insert("m", message)).toBe("inserted");
  expect(cloud.calls.slice(-2)).toEqual(["record", "remove"]);
  expect(cloud.recorded.get("m")).toEqual(sentOn("wns", "apns", "fcmv1"));
  expect(cloud.sent.map(({ audience }) => audience)).toEqual([world, world, world]);
});

test("nothing is recorded of an item", async () => {
  const cloud = createCloud();
  const instance = cloud.start();
  await instance.insert("a");
  cloud.hub = () => unavailable;
  await instance.insert("b");
  cloud.hub = () => ({ kind: "done", value: {} });
  await settle(cloud, cloud.start());
  expect(cloud.calls).not.toContain("record");
});

test("what is left of an item waits without results, so that an earlier release can deliver it", async () => {
  const cloud = createCloud();
  cloud.hub = () => unavailable;
  await cloud.start().insert("a");
  cloud.hub = (platform) => (platform === "apns" ? unavailable : sentResult);
  cloud.pass(minute);
  const instance = cloud.start();
  await instance.redeliver();
  await instance.insert("b");
  const left = { content: { version: 1, platforms: ["apns"] } };
  expect(cloud.messages()).toMatchObject([left, left]);
});

test("the results of several attempts are recorded once, together", async () => {
  const cloud = createCloud();
  cloud.hub = (platform) =>
    platform === "apns"
      ? unavailable
      : { kind: "done", value: { notificationId: `id of ${platform}` } };
  await cloud.start().insert("m", message);
  expect(cloud.recorded.size).toBe(0);
  cloud.hub = (platform) => ({ kind: "done", value: { notificationId: `id of ${platform}` } });
  await settle(cloud, cloud.start());
  expect(cloud.recorded.get("m")).toEqual(sentOn("wns", "fcmv1", "apns"));
  expect(cloud.calls.filter((call) => call === "record")).toHaveLength(1);
  expect(sentTo(cloud, "m")).toEqual(everywhere);
});

test("results that storage does not take wait on the queue, and nothing is sent again", async () => {
  for (const where of ["insert", "redelivery"]) {
    const cloud = createCloud();
    if (where === "redelivery") cloud.hub = () => unavailable;
    else cloud.storage.results = "down";
    await cloud.start().insert("m", message);
    cloud.hub = () => ({ kind: "done", value: {} });
    cloud.storage.results = "down";
    const instance = cloud.start();
    await work(cloud, instance, 20 * minute);
    expect(cloud.messages()).toMatchObject([{ content: { version: 2, platforms: [] } }]);
    cloud.storage.results = "up";
    await settle(cloud, instance);
    expect(cloud.recorded.get("m")).toHaveLength(3);
    expect(sentTo(cloud, "m")).toEqual(everywhere);
  }
});

test("results that storage does not take wait in a new message if the host has renewed the old one", async () => {
  const cloud = createCloud();
  cloud.hub = () => unavailable;
  await cloud.start().insert("m", message);
  cloud.hub = () => ({ kind: "done", value: {} });
  cloud.storage.results = "down";
  cloud.pass(minute);
  cloud.durations = (call) => (call.startsWith("send") ? 200_000 : 0);
  const instance = cloud.start();
  await instance.redeliver();
  expect(cloud.messages()).toMatchObject([{ content: { platforms: [] } }]);
  cloud.durations = () => 0;
  cloud.storage.results = "up";
  await settle(cloud, instance);
  expect(cloud.recorded.get("m")).toHaveLength(3);
  expect(sentTo(cloud, "m")).toEqual(everywhere);
});

test("a message that the hub refuses for one platform is given up there", async () => {
  const cloud = createCloud();
  cloud.hub = (platform) =>
    platform === "wns" ? { kind: "refused", status: 413 } : { kind: "done", value: {} };
  await cloud.start().insert("m", message);
  expect(cloud.recorded.get("m")).toEqual([
    { platform: "apns", kind: "sent" },
    { platform: "fcmv1", kind: "sent" },
    { platform: "wns", kind: "refused" },
  ]);
});

test("a message that could not be sent for a day is given up, on its row and on the poison queue", async () => {
  const cloud = createCloud();
  const instance = cloud.start();
  cloud.hub = (platform) => (platform === "wns" ? { kind: "done", value: {} } : unavailable);
  await instance.insert("m", message);
  await work(cloud, instance, 25 * hour);
  expect(cloud.recorded.get("m")).toEqual([
    { platform: "wns", kind: "sent" },
    { platform: "apns", kind: "expired" },
    { platform: "fcmv1", kind: "expired" },
  ]);
  expect(cloud.poisoned).toMatchObject([{ reason: "expired" }]);
});

test("an expired intent records nothing on the row of another one", async () => {
  const cloud = createCloud();
  const instance = cloud.start();
  cloud.nextInsert = { kind: "late", milliseconds: 48 * hour };
  await instance.insert("m", message);
  cloud.rows.set("m", "another intent");
  cloud.pass(25 * hour);
  await instance.redeliver();
  expect(cloud.poisoned).toEqual([]);
  expect(cloud.recorded.size).toBe(0);
});

test("an intent that has expired and has no row any more is dropped, so that nothing of it stays", async () => {
  const cloud = createCloud();
  const instance = cloud.start();
  cloud.hub = () => unavailable;
  await instance.insert("m", message);
  cloud.rows.delete("m");
  cloud.pass(25 * hour);
  await instance.redeliver();
  expect([cloud.messages(), cloud.poisoned]).toEqual([[], []]);
  // If the table is away, the poison queue takes it.
  await instance.insert("n", messageTo(world, "n"));
  cloud.storage.table = "down";
  cloud.pass(25 * hour);
  await instance.redeliver();
  expect(cloud.poisoned).toMatchObject([{ reason: "expired" }]);
});

test("that a message has expired is recorded later if storage does not take it now", async () => {
  const cloud = createCloud();
  const instance = cloud.start();
  cloud.hub = () => unavailable;
  await instance.insert("m", message);
  cloud.storage.results = "down";
  await work(cloud, instance, 25 * hour);
  expect(cloud.poisoned).toMatchObject([{ reason: "expired" }]);
  expect(cloud.recorded.size).toBe(0);
  cloud.storage.results = "up";
  await settle(cloud, instance);
  expect(cloud.recorded.get("m")?.map(({ kind }) => kind)).toEqual(Array(3).fill("expired"));
  expect(cloud.poisoned).toHaveLength(1);
});

test("a message that has expired is given up once, although the host has renewed it meanwhile", async () => {
  const cloud = createCloud();
  const instance = cloud.start();
  cloud.hub = () => unavailable;
  await instance.insert("m", message);
  cloud.storage.table = "down";
  cloud.pass(25 * hour);
  // Longer than half of the host's hold, which it renews then.
  cloud.durations = (call) => (call === "poison" ? 310_000 : 0);
  await instance.redeliver();
  cloud.durations = () => 0;
  await work(cloud, instance, 20 * minute);
  expect(cloud.poisoned).toHaveLength(1);
  cloud.storage.table = "up";
  await settle(cloud, instance);
  expect(cloud.recorded.get("m")?.map(({ kind }) => kind)).toEqual(Array(3).fill("expired"));
});

test("a message that was sent, and whose results wait for more than a day, is not given up", async () => {
  const cloud = createCloud();
  const instance = cloud.start();
  cloud.storage.results = "down";
  await instance.insert("m", message);
  await work(cloud, instance, 30 * hour);
  cloud.storage.results = "up";
  await settle(cloud, instance);
  expect(cloud.recorded.get("m")?.map(({ kind }) => kind)).toEqual(Array(3).fill("sent"));
  expect(cloud.poisoned).toEqual([]);
  expect(sentTo(cloud, "m")).toEqual(everywhere);
});

describe("a user who was forgotten", () => {
  const toUser = messageTo({ kind: "user", digest: "user" }, "m");

  test("gets no message that waited, and its row says that it was given up", async () => {
    const cloud = createCloud();
    const instance = cloud.start();
    cloud.hub = () => unavailable;
    await instance.insert("m", toUser);
    cloud.forgotten.set("user", cloud.time());
    cloud.hub = () => sentResult;
    await settle(cloud, instance);
    expect(cloud.sent).toEqual([]);
    expect(cloud.poisoned).toEqual([]);
    expect(cloud.recorded.get("m")?.map(({ kind }) => kind)).toEqual(
      everywhere.map(() => "expired"),
    );
    expect(cloud.log.join()).toContain("its user is forgotten");
    // What comes later is delivered, as is what is to others.
    cloud.pass(1);
    cloud.hub = () => unavailable;
    await instance.insert("later", messageTo({ kind: "user", digest: "user" }, "later"));
    await instance.insert("all", messageTo({ kind: "everyone" }, "all"));
    cloud.hub = () => sentResult;
    await settle(cloud, instance);
    expect([sentTo(cloud, "later"), sentTo(cloud, "all")]).toEqual([everywhere, everywhere]);
  });

  test("is not told of a row of theirs that storage wrote late", async () => {
    const cloud = createCloud();
    const instance = cloud.start();
    cloud.hub = () => unavailable;
    await instance.insert("row");
    cloud.forgotten.set("user", cloud.time());
    cloud.hub = () => sentResult;
    await settle(cloud, instance);
    expect(cloud.sent).toEqual([]);
    expect([cloud.messages(), cloud.poisoned]).toEqual([[], []]);
  });

  test("leaves nothing on the poison queue, although the message expires or is refused", async () => {
    const cloud = createCloud();
    const instance = cloud.start();
    cloud.hub = (platform) =>
      platform === "wns" ? { kind: "refused", status: 400 } : { kind: "done", value: {} };
    // The mark is written while the hub refuses: after redelivery has looked, and before it poisons.
    cloud.turn = async (call) => {
      if (call === "poison") cloud.forgotten.set("user", cloud.time());
    };
    await instance.insert("m", toUser);
    expect(cloud.calls).toContain("remove poisoned");
    expect(cloud.poisoned).toEqual([]);
    expect(sentTo(cloud, "m")).toEqual(["apns", "fcmv1"]);
  });

  test("whose mark cannot be read keeps the message waiting", async () => {
    const cloud = createCloud();
    const instance = cloud.start();
    cloud.hub = () => unavailable;
    await instance.insert("m", toUser);
    cloud.hub = () => sentResult;
    cloud.turn = async (call) => {
      cloud.storage.table = call === "read mark" ? "down" : "up";
    };
    await work(cloud, instance, 5 * minute);
    expect(cloud.sent).toEqual([]);
    cloud.turn = async () => undefined;
    cloud.storage.table = "up";
    await settle(cloud, instance);
    expect(sentTo(cloud, "m")).toEqual(everywhere);
  });
});

describe("a message whose time is over", () => {
  const short = { ...message, expiresInSeconds: 60 };
  const expired = ["wns", "apns", "fcmv1"].map((platform) => ({ platform, kind: "expired" }));

  test("is given up, not sent, and is no failure for the poison queue", async () => {
    const cloud = createCloud();
    cloud.hub = () => unavailable;
    await cloud.start().insert("m", short);
    cloud.pass(2 * minute);
    cloud.hub = () => sentResult;
    await settle(cloud, cloud.start());
    expect(cloud.sent).toEqual([]);
    expect(cloud.recorded.get("m")).toEqual(expired);
    expect(cloud.poisoned).toEqual([]);
  });

  test("is sent while there is time left, after an outage too", async () => {
    const cloud = createCloud();
    cloud.hub = () => unavailable;
    await cloud.start().insert("m", { ...message, expiresInSeconds: 3_600 });
    cloud.pass(2 * minute);
    cloud.hub = () => sentResult;
    await settle(cloud, cloud.start());
    expect(sentTo(cloud, "m")).toEqual(everywhere);
  });

  test("is given up although sending is off, and although the hub is not to be asked", async () => {
    for (const isSendingOff of [true, false]) {
      const cloud = createCloud();
      cloud.hub = () => ({ kind: "unavailable", status: 429, retryAfter: 3_600 });
      const instance = cloud.start();
      await instance.insert("m", short);
      cloud.isSendingOff = isSendingOff;
      await work(cloud, instance, 2 * hour);
      expect(cloud.recorded.get("m")).toEqual(expired);
    }
  });

  test("that is not to be kept is tried once", async () => {
    const cloud = createCloud();
    await cloud.start().insert("m", { ...message, expiresInSeconds: 0 });
    expect(sentTo(cloud, "m")).toEqual(everywhere);
    const other = createCloud();
    other.hub = (platform) => (platform === "apns" ? unavailable : sentResult);
    await other.start().insert("m", { ...message, expiresInSeconds: 0 });
    other.hub = () => sentResult;
    await settle(other, other.start());
    expect(sentTo(other, "m")).toEqual(["fcmv1", "wns"]);
    expect(other.recorded.get("m")).toContainEqual({ platform: "apns", kind: "expired" });
  });
});

describe("a message that replaces another", () => {
  const replacing = (id: string) => ({ ...messageTo(world, id), replaces: "order 7" });

  test("does so although the earlier one was put off: that is not sent any more", async () => {
    const cloud = createCloud();
    cloud.hub = () => unavailable;
    await cloud.start().insert("old", replacing("old"));
    cloud.pass(1_000);
    cloud.hub = () => sentResult;
    const instance = cloud.start();
    await instance.insert("new", replacing("new"));
    await settle(cloud, instance);
    expect(sentTo(cloud, "new")).toEqual(everywhere);
    expect(sentTo(cloud, "old")).toEqual([]);
    expect(cloud.recorded.get("old")).toEqual(
      ["wns", "apns", "fcmv1"].map((platform) => ({ platform, kind: "replaced" })),
    );
  });

  test("is sent by redelivery if both were put off, and one with another key is", async () => {
    const cloud = createCloud();
    cloud.hub = () => unavailable;
    const instance = cloud.start();
    for (const id of ["first", "second", "third"]) {
      await instance.insert(id, replacing(id));
      cloud.pass(1_000);
    }
    await instance.insert("other", { ...messageTo(world, "other"), replaces: "order 8" });
    cloud.hub = () => sentResult;
    await settle(cloud, cloud.start());
    expect(sentTo(cloud, "third")).toEqual(everywhere);
    expect(sentTo(cloud, "other")).toEqual(everywhere);
    expect([...sentTo(cloud, "first"), ...sentTo(cloud, "second")]).toEqual([]);
  });

  test("waits while the table cannot tell whether it is the newest", async () => {
    const cloud = createCloud();
    const instance = cloud.start();
    cloud.turn = async (call) => {
      if (call === "newest") cloud.storage.table = "down";
    };
    await instance.insert("m", replacing("m"));
    expect(cloud.sent).toEqual([]);
    cloud.turn = async () => undefined;
    cloud.storage.table = "up";
    await settle(cloud, instance);
    expect(sentTo(cloud, "m")).toEqual(everywhere);
  });
});
