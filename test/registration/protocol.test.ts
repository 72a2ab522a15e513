import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { admittedTag, installationTag, topicTag, userTag } from "../../src/hub/tags.ts";
import type { Device } from "../../src/registration/device.ts";
import { createForgetDevices } from "../../src/registration/forgetDevices.ts";
import { createRegister } from "../../src/registration/register.ts";
import { createUnregister } from "../../src/registration/unregister.ts";
import { count } from "../support/counts.ts";
import { createInMemoryHub, createTestClock, type InMemoryHubOptions } from "./inMemoryHub.ts";
import { neverForgotten } from "./neverForgotten.ts";

const phone: Device = {
  installationId: "phone",
  platform: "apns",
  platformName: "ios",
  handle: "HANDLE-1",
  topics: [],
};

const tagsOf = (
  user: string,
  { installationId, topics }: Pick<Device, "installationId" | "topics"> = phone,
) => [installationTag(installationId), userTag(user), ...topics.map(topicTag)];

/** Returns the requests on a hub in memory, and what the tests look at. */
function useHub(lagMs: number, more: Partial<InMemoryHubOptions> = {}) {
  const clock = createTestClock();
  const hub = createInMemoryHub({ clock, lagMs, ...more });
  const register = createRegister(hub, neverForgotten, clock);
  const unregister = createUnregister(hub, clock);
  /** Without the mark of devices that are counted. */
  const all = () =>
    hub.all().map((one) => ({ ...one, tags: one.tags.filter((tag) => tag !== admittedTag) }));
  return {
    clock,
    hub: { ...hub, all },
    register: (user: string, device = phone) => register(user, device),
    unregister: (user: string) => unregister(user, phone.installationId),
    forget: createForgetDevices(hub, clock),
    /** Returns the calls since the last look. */
    calls: () => hub.calls.splice(0).map((call) => call.replace(/ .*/, "")),
    /** Lets the lists catch up with every write. */
    catchUp: () => clock.pass(lagMs + 1),
  };
}

describe.each([0, 500, 2_000, 15_000])("with lists that lag by %i ms", (lagMs) => {
  test("a first registration makes seven calls and does not wait", async () => {
    const { register, calls, hub, clock } = useHub(lagMs);
    expect(await register("alice")).toMatchObject({ kind: "done" });
    expect(calls()).toEqual(["list", "list", "list", "createId", "create", "list", "list"]);
    expect(hub.all()).toMatchObject([{ handle: phone.handle, tags: tagsOf("alice") }]);
    expect(clock.waited).toEqual([]);
  });

  test("a device that goes to Bob and back to Alice belongs to Alice", async () => {
    const { register, calls, hub, catchUp } = useHub(lagMs);
    await register("alice");
    catchUp();
    for (const user of ["bob", "alice", "bob", "alice"]) {
      calls();
      expect(await register(user)).toMatchObject({ kind: "done" });
      expect(calls().length).toBeLessThanOrEqual(8);
      expect(hub.all()).toMatchObject([{ tags: tagsOf(user) }]);
    }
    expect(hub.overwritten).toEqual([]);
  });

  test("a new handle right after another one is registered", async () => {
    const { register, calls, hub, catchUp } = useHub(lagMs);
    await register("alice");
    catchUp();
    for (const handle of ["HANDLE-2", "HANDLE-3"]) {
      calls();
      expect(await register("alice", { ...phone, handle })).toMatchObject({ kind: "done" });
      expect(calls().length).toBeLessThanOrEqual(8);
      expect(hub.all()).toMatchObject([{ handle }]);
    }
  });

  test("signing out keeps a registration that has just gone to another user", async () => {
    const { register, unregister, hub, catchUp } = useHub(lagMs);
    await register("alice");
    catchUp();
    await register("bob");
    expect(await unregister("alice")).toMatchObject({ kind: "done" });
    expect(hub.all()).toMatchObject([{ tags: tagsOf("bob") }]);
  });

  test("signing out deletes a registration that has changed since the lists showed it", async () => {
    const { register, unregister, hub, catchUp } = useHub(lagMs);
    await register("alice");
    catchUp();
    await register("alice", { ...phone, topics: ["world"] });
    expect(await unregister("alice")).toMatchObject({ kind: "done" });
    expect(hub.all()).toEqual([]);
  });

  test("forgetting a user keeps a device that has just gone to another one", async () => {
    const { register, forget, hub, catchUp } = useHub(lagMs);
    await register("alice");
    catchUp();
    await register("bob");
    expect(await forget("alice")).toEqual({ kind: "done", value: 0 });
    expect(hub.all()).toMatchObject([{ tags: tagsOf("bob") }]);
  });

  test("a device that signs out and in again at once is registered", async () => {
    const { register, unregister, hub, catchUp } = useHub(lagMs);
    await register("alice");
    catchUp();
    await unregister("alice");
    expect(hub.all()).toEqual([]);
    expect(await register("alice")).toMatchObject({ kind: "done" });
    expect(hub.all()).toMatchObject([{ tags: tagsOf("alice") }]);
  });

  test("a registration that moved to another device is neither taken nor deleted", async () => {
    const { register, hub, catchUp } = useHub(lagMs);
    const tablet = { ...phone, installationId: "tablet", handle: "HANDLE-9" };
    await register("alice");
    catchUp();
    // The tablet got the phone's handle and then one of its own: lists may still show the phone's.
    await register("bob", { ...tablet, handle: phone.handle });
    catchUp();
    await register("bob", tablet);
    expect(await register("alice")).toMatchObject({ kind: "done" });
    const handles = hub.all().map(({ handle }) => handle);
    expect(handles.toSorted()).toEqual([phone.handle, tablet.handle]);
  });
});

test("a change of topics makes three calls, and at most four", async () => {
  const { register, calls, hub } = useHub(0);
  await register("alice", { ...phone, topics: ["world"] });
  await register("alice", { ...phone, topics: ["world"] });
  const other = { ...phone, installationId: "other", handle: "HANDLE-2" };
  await register("alice", other);
  calls();
  const device = { ...phone, topics: ["sports", "politics"] };
  await register("alice", device);
  expect(calls()).toEqual(["list", "list", "update"]);
  await register("alice", { ...device, handle: other.handle, topics: [] });
  expect(calls()).toEqual(["list", "list", "update", "remove"]);
  expect(hub.all()).toMatchObject([{ tags: tagsOf("alice") }]);
});

test("an update makes three calls, and one more for a surplus registration", async () => {
  const { register, calls } = useHub(0);
  await register("alice");
  await register("alice");
  calls();
  await register("alice");
  expect(calls()).toEqual(["list", "list", "update"]);
  const other = { ...phone, installationId: "other", handle: "HANDLE-2" };
  await register("alice", other);
  calls();
  await register("alice", { ...phone, handle: other.handle });
  expect(calls()).toEqual(["list", "list", "update", "remove"]);
});

test("waits as long as the hub asks before it tries again", async () => {
  let busy = true;
  const { register, clock } = useHub(0);
  const hub = createInMemoryHub({ clock, lagMs: 0 });
  const registered = await createRegister(
    {
      ...hub,
      async listByTag(tag, signal) {
        if (!busy) return hub.listByTag(tag, signal);
        busy = false;
        return { kind: "unavailable", status: 429, retryAfter: 3 };
      },
    },
    neverForgotten,
    clock,
  )("alice", phone);
  expect(registered.kind).toBe("done");
  expect(clock.waited).toEqual([expect.any(Number)]);
  expect(clock.waited[0]).toBeGreaterThanOrEqual(3_000);
  await register("alice");
});

test("a creation whose response is lost is read alone, and never written again without a condition", async () => {
  let lose = true;
  const clock = createTestClock();
  const hub = createInMemoryHub({ clock, lagMs: 15_000 });
  const register = createRegister(
    {
      ...hub,
      async create(...args) {
        const created = await hub.create(...args);
        if (!lose) return created;
        lose = false;
        // Bob takes the registration over before Alice's request goes on.
        if (created.kind === "done") {
          const bobs = { platform: "apns" as const, handle: phone.handle, tags: tagsOf("bob") };
          await hub.update(created.value, bobs, AbortSignal.timeout(1_000));
        }
        return { kind: "unavailable" };
      },
    },
    neverForgotten,
    clock,
  );
  expect(await register("alice", phone)).toMatchObject({ kind: "done" });
  expect(hub.calls.filter((call) => call.startsWith("create "))).toHaveLength(1);
  expect(hub.overwritten).toEqual([]);
  expect(hub.all()).toMatchObject([{ tags: tagsOf("alice") }]);
});

test("a registration whose creation was lost and that went to another device is not written", async () => {
  const clock = createTestClock();
  const hub = createInMemoryHub({ clock, lagMs: 0 });
  const tablet = { ...phone, installationId: "tablet" };
  let lose = true;
  const lossy = createRegister(
    {
      ...hub,
      async create(...args) {
        const created = await hub.create(...args);
        if (!lose) return created;
        lose = false;
        // The tablet takes the handle over, and then gets one of its own: it keeps the registration.
        await createRegister(hub, neverForgotten, clock)("bob", tablet);
        await createRegister(hub, neverForgotten, clock)("bob", { ...tablet, handle: "HANDLE-9" });
        return { kind: "unavailable" };
      },
    },
    neverForgotten,
    clock,
  );
  expect(await lossy("alice", phone)).toMatchObject({ kind: "done" });
  expect(hub.overwritten).toEqual([]);
  expect(
    hub
      .all()
      .map(({ handle }) => handle)
      .toSorted(),
  ).toEqual(["HANDLE-1", "HANDLE-9"]);
});

test("an id that the hub has retired is replaced by another one", async () => {
  const clock = createTestClock();
  const hub = createInMemoryHub({ clock, lagMs: 0 });
  const register = createRegister(
    {
      ...hub,
      create: async (id, ...args) =>
        id === "id-0001" ? { kind: "gone", status: 410 } : hub.create(id, ...args),
    },
    neverForgotten,
    clock,
  );
  expect(await register("alice", phone)).toMatchObject({ kind: "done" });
});

test("of several registrations the one with the smallest id stays, and none of another platform", async () => {
  const { hub, register } = useHub(0);
  const signal = AbortSignal.timeout(1_000);
  const tags = tagsOf("bob");
  for (const [id, platform] of [
    ["c", "apns"],
    ["a", "fcmv1"],
    ["b", "apns"],
  ] as const) {
    await hub.create(id, { platform, handle: `HANDLE-${id}`, tags }, signal);
  }
  await register("alice");
  expect(hub.all()).toMatchObject([{ registrationId: "b", tags: tagsOf("alice") }]);
});

test("signing out reports that the hub did not delete", async () => {
  const { hub, clock, register } = useHub(0);
  await register("alice");
  const unregister = createUnregister(
    { ...hub, remove: async () => ({ kind: "unavailable", status: 503 }) },
    clock,
  );
  expect(await unregister("alice", phone.installationId)).toMatchObject({ kind: "unavailable" });
  // It tried for ten seconds, with pauses that grow.
  expect(clock.waited.length).toBeGreaterThan(5);
  expect(clock.waited.length).toBeLessThan(60);
});

test("a surplus registration that is gone already costs no second round", async () => {
  const { hub, clock, register, calls } = useHub(60_000);
  const signal = AbortSignal.timeout(1_000);
  const made = await hub.create(
    "z",
    { platform: "apns", handle: "H", tags: tagsOf("bob") },
    signal,
  );
  await register("alice");
  clock.pass(60_001);
  if (made.kind === "done") await hub.remove(made.value, signal);
  calls();
  expect(await register("alice")).toMatchObject({ kind: "done" });
  expect(clock.waited).toEqual([]);
  expect(calls()).toEqual(["list", "list", "update", "remove", "get"]);
});

const troubles = fc.array(
  fc.constantFrom(undefined, undefined, undefined, "busy", "lost request", "lost response"),
  { maxLength: 40 },
);

const step = fc.record({
  user: fc.constantFrom("alice", "bob"),
  action: fc.constantFrom("register", "register", "register", "unregister"),
  handle: fc.constantFrom("HANDLE-1", "HANDLE-2"),
  topics: fc.constantFrom([], ["world"], ["politics", "sports"]),
  /** How long the step comes after the one before, in milliseconds. */
  after: fc.constantFrom(0, 300, 3_000, 20_000),
});

test("after any schedule of one request after the other, an answered registration is in the hub", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 2, maxLength: 8 }),
      fc.constantFrom(0, 500, 2_000, 15_000),
      async (steps, lagMs) => {
        const { register, unregister, hub, clock, catchUp } = useHub(lagMs);
        for (const { user, action, handle, topics, after } of steps) {
          clock.pass(after);
          if (action === "unregister") {
            expect(await unregister(user)).toMatchObject({ kind: "done" });
            continue;
          }
          const before = hub.calls.length;
          const device = { ...phone, handle, topics };
          expect(await register(user, device)).toMatchObject({ kind: "done" });
          // Every request before may have left a registration that no list showed.
          expect(hub.calls.length - before).toBeLessThanOrEqual(8 + 4 * steps.length);
          expect(hub.all().map(({ tags }) => tags)).toContainEqual(tagsOf(user, device));
        }
        expect(hub.overwritten).toEqual([]);
        catchUp();
        await register("carol");
        expect(hub.all()).toMatchObject([{ handle: phone.handle, tags: tagsOf("carol") }]);
      },
    ),
    { numRuns: count(200, 5_000) },
  );
});

test("racing requests, lost responses and lag leave one registration, of the user who registers last", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(step, { minLength: 2, maxLength: 4 }),
      troubles,
      fc.constantFrom(0, 500, 15_000),
      async (scheduler, steps, drawn, lagMs) => {
        const left = [...drawn];
        let racing = true;
        const { register, unregister, hub, catchUp, clock } = useHub(lagMs, {
          turn: async (call) => {
            if (racing) await scheduler.schedule(Promise.resolve(), call);
            clock.pass(10);
          },
          trouble: () => left.shift(),
        });
        const results = Promise.all(
          steps.map(({ user, action, handle, topics }) =>
            action === "register" ? register(user, { ...phone, handle, topics }) : unregister(user),
          ),
        );
        const ended = await scheduler.waitFor(results);
        for (const { kind } of ended)
          expect(["done", "unavailable", "changed", "gone"]).toContain(kind);
        expect(hub.overwritten).toEqual([]);
        racing = false;
        left.splice(0);

        const owners = new Set(
          steps.map(({ user, topics }) => JSON.stringify(tagsOf(user, { ...phone, topics }))),
        );
        for (const { tags } of hub.all()) expect(owners).toContain(JSON.stringify(tags));
        // The lists catch up, and the device registers once more, as an app does at every start.
        catchUp();
        const { user: last, topics } = steps.at(-1) ?? { user: "alice", topics: [] };
        const device = { ...phone, topics };
        expect(await register(last, device)).toMatchObject({ kind: "done" });
        expect(hub.all()).toMatchObject([{ handle: phone.handle, tags: tagsOf(last, device) }]);
      },
    ),
    { numRuns: count(200, 5_000) },
  );
});

test("with current lists, racing first registrations leave one registration by themselves", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(fc.constantFrom("alice", "bob", "carol"), { minLength: 2, maxLength: 5 }),
      async (scheduler, users) => {
        const { register, hub } = useHub(0, {
          turn: (call) => scheduler.schedule(Promise.resolve(), call),
        });
        const results = await scheduler.waitFor(Promise.all(users.map((user) => register(user))));
        for (const result of results) expect(result).toMatchObject({ kind: "done" });
        expect(hub.all()).toHaveLength(1);
        expect(hub.overwritten).toEqual([]);
      },
    ),
    { numRuns: count(200, 5_000) },
  );
});
