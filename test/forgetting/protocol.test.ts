import fc from "fast-check";
import { expect, test } from "vitest";
import { createForgetUser } from "../../src/forgetting/forgetUser.ts";
import type { ForgottenUsers } from "../../src/forgetting/forgottenUsers.ts";
import { userTag } from "../../src/hub/tags.ts";
import type { Device } from "../../src/registration/device.ts";
import { createForgetDevices } from "../../src/registration/forgetDevices.ts";
import { createRegister, type ReadForgotten } from "../../src/registration/register.ts";
import { createInMemoryHub, createTestClock } from "../registration/inMemoryHub.ts";
import { count } from "../support/counts.ts";
import { createInMemoryForgottenUsers } from "./inMemoryForgottenUsers.ts";

const deviceOf = (name: string): Device => ({
  installationId: name,
  platform: "apns",
  platformName: "ios",
  handle: `HANDLE-${name}`,
  topics: [],
});

/** A user who is forgotten while devices register, in a world where calls wait for their turns. */
function createWorld(lagMs: number, turn: (call: string) => Promise<unknown>) {
  const clock = createTestClock();
  const hub = createInMemoryHub({ clock, lagMs, turn });
  const marks = createInMemoryForgottenUsers(() => clock.now(), turn);
  /** How often the user was marked: at the beginning and at the end. */
  let marked = 0;
  const forgottenUsers: ForgottenUsers = {
    ...marks,
    async mark(...args) {
      const result = await marks.mark(...args);
      marked++;
      return result;
    },
  };
  return {
    clock,
    marked: () => marked,
    /** @returns also how often the user was marked when the registration first looked */
    async register(name: string) {
      let seen: number | undefined;
      const read: ReadForgotten = async (user) => {
        const mark = await forgottenUsers.read(user);
        seen ??= marked;
        return mark;
      };
      const { kind } = await createRegister(hub, read, clock)("alice", deviceOf(name));
      return { kind, seen };
    },
    forget: createForgetUser({
      forgottenUsers,
      behindAnswersEnded: async () => true,
      forgetDevices: createForgetDevices(hub, clock),
      forgetRows: [],
      clearPoison: async () => ({ kind: "done" }),
      now: () => clock.now(),
    }),
    devices: () => hub.all().filter(({ tags }) => tags.includes(userTag("alice"))),
  };
}

test.each([0, 500, 5_000])(
  "no device stays that registers while its user is forgotten, with lists that lag by %i ms",
  async (lagMs) => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.integer({ min: 1, max: 4 }), async (scheduler, many) => {
        const world = createWorld(lagMs, (call) => scheduler.schedule(Promise.resolve(), call));
        /** The devices that were registered before, whose registrations lists may not show yet. */
        const earlier: string[] = [];
        /** The devices that first looked after the last mark: their registrations count as later. */
        const later: string[] = [];
        async function forget(): Promise<void> {
          await scheduler.schedule(Promise.resolve(), "begin");
          expect(await world.forget("alice")).toEqual({ kind: "done" });
        }
        async function register(name: string): Promise<void> {
          await scheduler.schedule(Promise.resolve(), "begin");
          const { kind, seen } = await world.register(name);
          if (kind !== "done") expect(kind).toBe("forgotten");
          else if (seen === 2) later.push(name);
          else if (world.marked() === 0) earlier.push(name);
        }
        const registering = Array.from({ length: many }, (_, index) => register(`${index}`));
        await scheduler.waitFor(Promise.all([forget(), ...registering]));
        const left = world.devices().map(({ handle }) => handle.replace("HANDLE-", ""));
        const mayBeLeft = lagMs === 0 ? later : [...later, ...earlier];
        expect(left.filter((name) => !mayBeLeft.includes(name))).toEqual([]);
        expect(later.filter((name) => !left.includes(name))).toEqual([]);
      }),
      { numRuns: count(100, 3_000) },
    );
  },
);

test("no device stays of a registration whose process is killed before it looks at the mark again", async () => {
  const clock = createTestClock();
  const hub = createInMemoryHub({ clock, lagMs: 0 });
  const forgottenUsers = createInMemoryForgottenUsers(() => clock.now());
  /** Registers a device, and resolves when the registration is written. */
  const registerAndDie = () =>
    new Promise<void>((resolve) => {
      let looks = 0;
      const read: ReadForgotten = (user) => {
        if (++looks === 1) return forgottenUsers.read(user);
        resolve();
        return new Promise(() => {});
      };
      void createRegister(hub, read, clock)("alice", deviceOf("a"));
    });
  const forget = createForgetUser({
    forgottenUsers,
    behindAnswersEnded: async () => true,
    forgetDevices: createForgetDevices(hub, clock),
    forgetRows: [
      async () => {
        await registerAndDie();
        expect(hub.all()).toHaveLength(1);
        return { kind: "done" };
      },
    ],
    clearPoison: async () => ({ kind: "done" }),
    now: () => clock.now(),
  });
  expect(await forget("alice")).toEqual({ kind: "done" });
  expect(hub.all()).toEqual([]);
});

test("a user who was forgotten registers devices again", async () => {
  const world = createWorld(0, async () => undefined);
  await world.register("old");
  expect(await world.forget("alice")).toEqual({ kind: "done" });
  expect(world.devices()).toEqual([]);
  expect(await world.register("new")).toMatchObject({ kind: "done" });
  expect(world.devices()).toHaveLength(1);
});

test("a call that does not end keeps devices from registering for a minute", async () => {
  const clock = createTestClock();
  const hub = createInMemoryHub({ clock, lagMs: 0 });
  const forgottenUsers = createInMemoryForgottenUsers(() => clock.now());
  const register = createRegister(hub, forgottenUsers.read, clock);
  const forget = createForgetUser({
    forgottenUsers,
    behindAnswersEnded: async () => true,
    forgetDevices: async () => ({ kind: "unavailable" }),
    forgetRows: [],
    clearPoison: async () => ({ kind: "done" }),
    now: () => clock.now(),
  });
  expect(await forget("alice")).toEqual({ kind: "hub", failure: { kind: "unavailable" } });
  expect(await register("alice", deviceOf("a"))).toEqual({ kind: "forgotten" });
  expect(hub.all()).toEqual([]);
  clock.pass(60_000);
  expect(await register("alice", deviceOf("a"))).toMatchObject({ kind: "done" });
});

test("a registration that cannot read the mark is storage's failure, and writes nothing", async () => {
  const clock = createTestClock();
  const hub = createInMemoryHub({ clock, lagMs: 0 });
  const register = createRegister(hub, async () => ({ kind: "unavailable" }), clock);
  expect(await register("alice", deviceOf("a"))).toEqual({
    kind: "storage",
    failure: { kind: "unavailable" },
  });
  expect(hub.all()).toEqual([]);
});

test("a row that storage writes late is forgotten too", async () => {
  const clock = createTestClock();
  const hub = createInMemoryHub({ clock, lagMs: 0 });
  const rows = new Set(["early"]);
  const forget = createForgetUser({
    forgottenUsers: createInMemoryForgottenUsers(() => clock.now()),
    behindAnswersEnded: async () => true,
    forgetDevices: createForgetDevices(hub, clock),
    forgetRows: [
      async () => {
        rows.clear();
        return { kind: "done" };
      },
    ],
    async clearPoison() {
      rows.add("late");
      return { kind: "done" };
    },
    now: () => clock.now(),
  });
  expect(await forget("alice")).toEqual({ kind: "done" });
  expect([...rows]).toEqual([]);
});

test("a call is not done while rows come, however late", async () => {
  const clock = createTestClock();
  const hub = createInMemoryHub({ clock, lagMs: 0 });
  const answers: ("done" | "more")[] = ["done", "more", "done", "done"];
  const forget = createForgetUser({
    forgottenUsers: createInMemoryForgottenUsers(() => clock.now()),
    behindAnswersEnded: async () => true,
    forgetDevices: createForgetDevices(hub, clock),
    forgetRows: [async () => ({ kind: answers.shift() ?? "done" })],
    clearPoison: async () => ({ kind: "done" }),
    now: () => clock.now(),
  });
  expect(await forget("alice")).toEqual({ kind: "more" });
  expect(await forget("alice")).toEqual({ kind: "done" });
});

test("a call goes on with the poison queue where the one before ended", async () => {
  const clock = createTestClock();
  const hub = createInMemoryHub({ clock, lagMs: 0 });
  const began: number[] = [];
  const forget = createForgetUser({
    forgottenUsers: createInMemoryForgottenUsers(() => clock.now()),
    behindAnswersEnded: async () => true,
    forgetDevices: createForgetDevices(hub, clock),
    forgetRows: [],
    async clearPoison(_, seen) {
      began.push(seen);
      return began.length < 3 ? { kind: "more", seen: seen + 1_000 } : { kind: "done" };
    },
    now: () => clock.now(),
  });
  for (const kind of ["more", "more", "done", "done"]) {
    expect(await forget("alice")).toEqual({ kind });
  }
  // What is kept is visible again for a call after the last, and for one that comes too late.
  expect(began).toEqual([0, 1_000, 2_000, 0]);
  began.length = 0;
  expect(await forget("alice")).toEqual({ kind: "more" });
  clock.pass(60_000);
  expect(await forget("alice")).toEqual({ kind: "more" });
  expect(began).toEqual([0, 0]);
});

test("it is not over while this process still sends to the user, and does not wait for longer than a call may take", async () => {
  const forgottenUsers = createInMemoryForgottenUsers(() => 0);
  const waits: number[] = [];
  let ended = false;
  const forget = createForgetUser({
    forgottenUsers,
    behindAnswersEnded: async (user, longest) => {
      expect(user).toBe("alice");
      waits.push(longest);
      return ended;
    },
    forgetDevices: async () => ({ kind: "done", value: undefined }),
    forgetRows: [],
    clearPoison: async () => ({ kind: "done" }),
    now: () => 0,
  });
  expect(await forget("alice")).toEqual({ kind: "more" });
  expect(await forgottenUsers.read("alice")).toMatchObject({ value: { isUnderWay: true } });
  ended = true;
  expect(await forget("alice")).toEqual({ kind: "done" });
  expect(waits).toEqual([8_000, 8_000]);
});
