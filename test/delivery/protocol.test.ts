import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { newIntent } from "../../src/delivery/intentQueue.ts";
import { type Platform, platforms } from "../../src/hub/platform.ts";
import type { HubResult } from "../../src/hub/result.ts";
import { count } from "../support/counts.ts";
import { announcementOf, type Cloud, createCloud, type Instance } from "./inMemoryCloud.ts";

const minute = 60_000;
const hour = 60 * minute;

const sentResult: HubResult<void> = { kind: "done", value: undefined };
const unavailable: HubResult<void> = { kind: "unavailable", status: 503 };

/** Lets time pass and the host work until the queue is empty, for two days at most. */
async function settle(cloud: Cloud, instance: Instance): Promise<void> {
  for (let rounds = 0; rounds < 3_000 && cloud.messages().length > 0; rounds++) {
    const next = Math.min(...cloud.messages().map(({ visibleAt }) => visibleAt));
    cloud.pass(Math.max(0, next - cloud.time()) + 1);
    await instance.redeliver();
  }
  expect(cloud.messages()).toEqual([]);
}

/** Runs the host every 100 ms of the cloud's time. */
async function work(cloud: Cloud, instance: Instance, milliseconds: number): Promise<void> {
  for (let passed = 0; passed < milliseconds; passed += 1_000) {
    cloud.pass(1_000);
    await instance.redeliver();
  }
}

const sentTo = (cloud: Cloud, rowId: string) =>
  cloud.sent
    .filter((one) => one.rowId === rowId)
    .map(({ platform }) => platform)
    .toSorted();

const everywhere = platforms.toSorted();

/** Makes one platform fail so often that its breaker opens. */
async function openBreaker(cloud: Cloud, instance: Instance, platform: Platform): Promise<void> {
  cloud.hub = (one) => (one === platform ? unavailable : { kind: "done", value: undefined });
  for (let index = 0; index < 3; index++) await instance.insert(`opening-${index}`);
  expect(cloud.log.join()).toContain('"outcome":"circuit-open"');
}

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
    cloud.hub = (platform) => (platform === "wns" ? "throws" : { kind: "done", value: undefined });
    expect(await instance.insert("a")).toBe("inserted");
    cloud.hub = () => ({ kind: "done", value: undefined });
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
    const { promise, resolve } = Promise.withResolvers<HubResult<void>>();
    cloud.hub = (platform) => (platform === "apns" ? promise : { kind: "done", value: undefined });
    expect(await instance.insert("a")).toBe("inserted");
    expect(sentTo(cloud, "a")).toEqual(["fcmv1", "wns"]);
    expect(cloud.calls).toContain("send apns");
    expect(cloud.calls).not.toContain("update");
    expect(cloud.calls).not.toContain("remove");

    resolve({ kind: "done", value: undefined });
    await new Promise(setImmediate);
    expect(sentTo(cloud, "a")).toEqual(everywhere);
    expect(cloud.calls.filter((call) => call === "remove")).toHaveLength(1);
    expect(cloud.log.join()).toContain('"outcome":"circuit-closed"');
  });

  test("that is sent partly leaves only the rest on the queue", async () => {
    const cloud = createCloud();
    cloud.hub = (platform) =>
      platform === "apns" ? unavailable : { kind: "done", value: undefined };
    await cloud.start().insert("a");
    expect(cloud.messages()).toMatchObject([{ content: { platforms: ["apns"], attempt: 1 } }]);
  });

  test("puts the rest as a new message if the intent is gone", async () => {
    const cloud = createCloud();
    const instance = cloud.start();
    cloud.hub = (platform) => {
      cloud.clearQueue();
      return platform === "apns" ? unavailable : { kind: "done", value: undefined };
    };
    await instance.insert("a");
    expect(cloud.messages()).toMatchObject([
      { content: { intentId: cloud.rows.get("a"), platforms: ["apns"] } },
    ]);
  });
});

describe("redelivery", () => {
  /** Inserts while every platform fails, so that the intent waits, and returns an instance with closed breakers. */
  async function waiting(cloud: Cloud): Promise<Instance> {
    cloud.hub = () => unavailable;
    expect(await cloud.start().insert("a")).toBe("inserted");
    cloud.hub = () => ({ kind: "done", value: undefined });
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
    cloud.hub = () => ({ kind: "done", value: undefined });
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
    cloud.hub = () => ({ kind: "done", value: undefined });
    cloud.calls.splice(0);
    await work(cloud, instance, 890_000);
    expect(cloud.calls.filter((call) => call.startsWith("send"))).toEqual([]);
    // It is not shown again and again meanwhile.
    expect(cloud.messages()[0]?.dequeueCount).toBeLessThanOrEqual(3);
    await work(cloud, instance, 30_000);
    expect(sentTo(cloud, "a")).toEqual(everywhere);
  });

  test("postpones an intent ever longer while the hub is down, up to 5 minutes", async () => {
    const cloud = createCloud();
    const instance = await waiting(cloud);
    cloud.hub = () => unavailable;
    await work(cloud, instance, 4 * hour);
    const sends = cloud.calls.filter((call) => call === "read row").length;
    expect(sends).toBeLessThan(120);
    cloud.hub = () => ({ kind: "done", value: undefined });
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
      expect(cloud.calls.filter((call) => call === "put")).not.toHaveLength(0);
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
    await work(cloud, instance, 20 * hour);
    expect(cloud.poisoned).toEqual([]);
    cloud.hub = () => ({ kind: "done", value: undefined });
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
    cloud.hub = () => ({ kind: "done", value: undefined });
    await settle(cloud, cloud.start());
    expect(sentTo(cloud, "a")).toEqual(everywhere);
  });

  test("that outlasts half of the hold after a part was sent puts the rest as a new message", async () => {
    const cloud = createCloud();
    const instance = await waiting(cloud);
    cloud.hub = (platform) =>
      platform === "apns" ? unavailable : { kind: "done", value: undefined };
    cloud.pass(minute);
    cloud.durations = (call) => (call.startsWith("send") ? 200_000 : 0);
    await instance.redeliver();
    expect(cloud.messages()).toMatchObject([{ content: { platforms: ["apns"] } }]);
    cloud.durations = () => 0;
    cloud.hub = () => ({ kind: "done", value: undefined });
    await settle(cloud, cloud.start());
    expect(sentTo(cloud, "a")).toEqual(everywhere);
  });

  test("keeps an intent of a later version in place, whatever it holds, until a day has passed", async () => {
    const cloud = createCloud();
    const instance = await waiting(cloud);
    const [message] = cloud.messages();
    const createdAt = new Date(cloud.time()).toISOString();
    const later = { version: 2, createdAt, audience: { topic: "news" } };
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
    const asking: HubResult<void> = { kind: "unavailable", status: 429, retryAfter: 900 };
    cloud.hub = (platform) => (platform === "apns" ? asking : { kind: "done", value: undefined });
    await cloud.start().insert("a");
    expect(cloud.messages()[0]?.visibleAt).toBe(cloud.time() + 900_000);

    const other = createCloud();
    other.hub = (platform) => ({ wns: asking, apns: unavailable, fcmv1: sentResult })[platform];
    await other.start().insert("a");
    expect(other.messages()[0]?.visibleAt).toBeLessThanOrEqual(other.time() + 15_000);
  });

  test("a redelivery whose hub asks for time waits for it", async () => {
    const { cloud, instance } = await waitingIntent();
    cloud.hub = () => ({ kind: "credentials", status: 403, retryAfter: 900 });
    cloud.pass(minute);
    await instance.redeliver();
    expect(cloud.messages()[0]?.visibleAt).toBe(cloud.time() + 900_000);
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

describe("a platform that refuses the payload", () => {
  const refusing = (platform: Platform): HubResult<void> =>
    platform === "wns" ? { kind: "refused", status: 413 } : { kind: "done", value: undefined };

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

/** What happens in a random run, in order. */
const event = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("insert" as const),
      insert: fc.constantFrom(undefined, undefined, "lost response", "late"),
      /** After how many calls the process is killed. */
      killedAfter: fc.option(fc.nat({ max: 6 }), { nil: undefined }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("redeliver" as const),
      killedAfter: fc.option(fc.nat({ max: 6 }), { nil: undefined }),
      seconds: fc.constantFrom(1, 15, 31, 70),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("hub" as const),
      platform: fc.constantFrom(...platforms),
      state: fc.constantFrom("up", "503", "409", "403", "lost response", "throws", "Retry-After"),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("storage" as const),
      part: fc.constantFrom("table", "queue", "poison"),
      up: fc.boolean(),
    }),
  },
);

const hubStates = {
  up: { kind: "done", value: undefined },
  "503": unavailable,
  "409": { kind: "unavailable", status: 409 },
  "403": { kind: "credentials", status: 403 },
  "lost response": "lost response",
  throws: "throws",
  "Retry-After": { kind: "unavailable", status: 429, retryAfter: 40 },
} as const;

test("whatever fails, is lost or is killed: rows are announced, and nothing of what is no row", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(event, { minLength: 3, maxLength: 25 }),
      async (scheduler, events) => {
        const cloud = createCloud();
        const states: Record<Platform, keyof typeof hubStates> = {
          wns: "up",
          apns: "up",
          fcmv1: "up",
        };
        cloud.hub = (platform) => hubStates[states[platform]];
        // Several requests and redeliveries run at once, in an order that the scheduler draws.
        cloud.turn = (call) => scheduler.schedule(Promise.resolve(), call);
        const answered = new Map<string, string>();
        const instances = [cloud.start(), cloud.start()];
        let index = 0;
        for (const one of events) {
          if (one.kind === "hub") {
            states[one.platform] = one.state;
            continue;
          }
          if (one.kind === "storage") {
            cloud.storage[one.part] = one.up ? "up" : "down";
            continue;
          }
          const instance = instances[index++ % 2] ?? cloud.start();
          if (one.killedAfter !== undefined) {
            instance.process.callsLeft = one.killedAfter;
            instances[(index - 1) % 2] = cloud.start();
          }
          if (one.kind === "insert") {
            const rowId = `row-${index}`;
            cloud.nextInsert =
              one.insert === "late"
                ? { kind: "late", milliseconds: 20_000 }
                : one.insert && { kind: "lost response" };
            void instance.insert(rowId).then((answer) => answered.set(rowId, answer));
          } else {
            cloud.pass(one.seconds * 1_000);
            void instance.redeliver();
          }
          // Some calls of what runs are made, and the next event comes between the others.
          if (scheduler.count() > 0) await scheduler.waitNext(Math.min(scheduler.count(), 3));
        }
        cloud.turn = async () => undefined;
        while (scheduler.count() > 0) await scheduler.waitNext(1);

        for (const platform of platforms) states[platform] = "up";
        Object.assign(cloud.storage, { table: "up", queue: "up", poison: "up" });
        cloud.pass(30_000);
        await settle(cloud, cloud.start());

        for (const [rowId, answer] of answered) {
          if (answer === "inserted") expect(cloud.rows.has(rowId)).toBe(true);
        }
        for (const rowId of cloud.rows.keys()) {
          expect([rowId, [...new Set(sentTo(cloud, rowId))]]).toEqual([rowId, everywhere]);
        }
        for (const { rowId } of cloud.sent) expect(cloud.rows.has(rowId)).toBe(true);
        expect(cloud.poisoned).toEqual([]);
      },
    ),
    { numRuns: count(300, 10_000) },
  );
});

test("without a kill or a lost response, a row is announced exactly once on each platform", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.record({
          platform: fc.constantFrom(...platforms),
          state: fc.constantFrom("up", "503", "403", "Retry-After"),
          table: fc.constantFrom("up", "down"),
          seconds: fc.constantFrom(1, 20, 90),
        }),
        { maxLength: 20 },
      ),
      async (outages) => {
        const cloud = createCloud();
        const instance = cloud.start();
        const states: Record<Platform, keyof typeof hubStates> = {
          wns: "up",
          apns: "up",
          fcmv1: "up",
        };
        cloud.hub = (platform) => hubStates[states[platform]];
        for (const [index, { platform, state, table, seconds }] of outages.entries()) {
          states[platform] = state;
          await instance.insert(`row-${index}`);
          // A probe goes on behind the insert. It ends long before the intent becomes visible.
          await new Promise(setImmediate);
          cloud.storage.table = table;
          await work(cloud, instance, seconds * 1_000);
          cloud.storage.table = "up";
        }
        for (const platform of platforms) states[platform] = "up";
        await settle(cloud, instance);
        for (const rowId of cloud.rows.keys()) expect(sentTo(cloud, rowId)).toEqual(everywhere);
      },
    ),
    { numRuns: count(50, 2_000) },
  );
});

test("an intent that was put by an earlier release is delivered", async () => {
  const cloud = createCloud();
  const instance = cloud.start();
  cloud.hub = () => unavailable;
  await instance.insert("a");
  const [message] = cloud.messages();
  const { postponements, ...earlier } = newIntent(announcementOf("a"), platforms, cloud.time());
  if (message) message.content = { ...earlier, intentId: cloud.rows.get("a") };
  cloud.hub = () => ({ kind: "done", value: undefined });
  await settle(cloud, cloud.start());
  expect(sentTo(cloud, "a")).toEqual(everywhere);
});
