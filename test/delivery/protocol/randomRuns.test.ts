import fc from "fast-check";
import { expect, test } from "vitest";
import type { Audience } from "../../../src/delivery/audience.ts";
import { type Platform, platforms } from "../../../src/platforms/platforms.ts";
import { count } from "../../support/counts.ts";
import { everywhere, sentTo, settle, unavailable, work } from "./cloudRuns.ts";
import { announcementOf, createCloud, messageTo } from "./inMemoryCloud.ts";

const audiences: readonly Audience[] = [
  { kind: "user", digest: "bob" },
  { kind: "topic", topic: "world" },
  { kind: "everyone" },
];

/** What happens in a random run, in order. */
const event = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("insert" as const),
      insert: fc.constantFrom(undefined, undefined, "lost response", "late"),
      /** The audience of a message; without it, an item is inserted. */
      audience: fc.constantFrom(undefined, ...audiences),
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
      part: fc.constantFrom("table", "queue", "poison", "results"),
      up: fc.boolean(),
    }),
  },
);

const hubStates = {
  up: { kind: "done", value: {} },
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
        const states = new Map<Platform, keyof typeof hubStates>();
        cloud.hub = (platform) => hubStates[states.get(platform) ?? "up"];
        // Several requests and redeliveries run at once, in an order that the scheduler draws.
        cloud.turn = (call) => scheduler.schedule(Promise.resolve(), call);
        const answered = new Map<string, string>();
        const messages = new Map<string, Audience>();
        const instances = [cloud.start(), cloud.start()];
        let index = 0;
        for (const one of events) {
          if (one.kind === "hub") {
            states.set(one.platform, one.state);
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
            const announcement = one.audience && messageTo(one.audience, rowId);
            if (announcement) messages.set(rowId, announcement.audience);
            void instance.answer(rowId, announcement).then((answer) => answered.set(rowId, answer));
          } else {
            cloud.pass(one.seconds * 1_000);
            void instance.redeliver();
          }
          // Some calls of what runs are made, and the next event comes between the others.
          if (scheduler.count() > 0) await scheduler.waitNext(Math.min(scheduler.count(), 3));
        }
        cloud.turn = async () => undefined;
        while (scheduler.count() > 0) await scheduler.waitNext(1);

        for (const platform of platforms) states.set(platform, "up");
        Object.assign(cloud.storage, { table: "up", queue: "up", poison: "up", results: "up" });
        cloud.pass(30_000);
        await settle(cloud, cloud.start());

        for (const [rowId, answer] of answered) {
          if (answer === "inserted") expect(cloud.rows.has(rowId)).toBe(true);
        }
        for (const rowId of cloud.rows.keys()) {
          expect([rowId, [...new Set(sentTo(cloud, rowId))]]).toEqual([rowId, everywhere]);
        }
        for (const { rowId, audience } of cloud.sent) {
          expect(cloud.rows.has(rowId)).toBe(true);
          expect(audience).toEqual(messages.get(rowId) ?? announcementOf(rowId).audience);
        }
        // Of every message that is stored, and of nothing else, it is recorded that it was sent.
        const recorded = [...cloud.recorded].map(([rowId, results]) => [
          rowId,
          results.map(({ platform, kind }) => `${kind} ${platform}`).toSorted(),
        ]);
        const sentMessages = [...messages.keys()].filter((rowId) => cloud.rows.has(rowId));
        expect(recorded.toSorted()).toEqual(
          sentMessages.map((rowId) => [rowId, everywhere.map((one) => `sent ${one}`)]).toSorted(),
        );
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
        const states = new Map<Platform, keyof typeof hubStates>();
        cloud.hub = (platform) => hubStates[states.get(platform) ?? "up"];
        for (const [index, { platform, state, table, seconds }] of outages.entries()) {
          states.set(platform, state);
          await instance.insert(`row-${index}`);
          cloud.storage.table = table;
          await work(cloud, instance, seconds * 1_000);
          cloud.storage.table = "up";
        }
        for (const platform of platforms) states.set(platform, "up");
        await settle(cloud, instance);
        for (const rowId of cloud.rows.keys()) expect(sentTo(cloud, rowId)).toEqual(everywhere);
      },
    ),
    { numRuns: count(50, 2_000) },
  );
});
