import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { installationTag, userTag } from "../../src/hub/tags.ts";
import type { Device } from "../../src/registration/device.ts";
import { mostDevices } from "../../src/registration/deviceQuota.ts";
import { createRegister } from "../../src/registration/register.ts";
import { androidPhone, iPhone, register, send, setFaults, signIn } from "../support/client.ts";
import { count } from "../support/counts.ts";
import { heldRegistrations, tagOf } from "../support/hubState.ts";
import { useTestStack } from "../support/testStack.ts";
import { createInMemoryHub, createTestClock } from "./inMemoryHub.ts";
import { neverForgotten } from "./neverForgotten.ts";

const deviceOf = (name: string, more: Partial<Device> = {}): Device => ({
  installationId: name,
  platform: "apns",
  platformName: "ios",
  handle: `HANDLE-${name}`,
  topics: [],
  ...more,
});

function useHub(lagMs = 0, turn = async (_: string): Promise<unknown> => undefined) {
  const clock = createTestClock();
  const hub = createInMemoryHub({ clock, lagMs, turn });
  return {
    hub,
    clock,
    register: createRegister(hub, neverForgotten, clock),
    of: (user: string) => hub.all().filter(({ tags }) => tags.includes(userTag(user))),
    calls: () => hub.calls.splice(0).map((call) => call.replace(/ .*/, "")),
  };
}

/** Registers devices of a user, one after the other, and each once more. */
async function fill({ register, clock }: ReturnType<typeof useHub>, user: string, many: number) {
  for (let round = 0; round < 2; round++) {
    clock.pass(60_000);
    for (let index = 0; index < many; index++) {
      const registered = await register(user, deviceOf(`${user}-${index}`));
      expect(registered.kind).toBe("done");
    }
  }
}

describe("a user with 20 devices", () => {
  test("registers no other one, and goes on with those", async () => {
    const world = useHub();
    await fill(world, "alice", mostDevices);
    world.calls();
    expect(await world.register("alice", deviceOf("new"))).toEqual({ kind: "tooMany" });
    // Three lists, and a look at each of the twenty.
    expect(world.calls()).toHaveLength(3 + mostDevices);
    expect(world.of("alice")).toHaveLength(mostDevices);
    const handle = "HANDLE-other";
    expect(await world.register("alice", deviceOf("alice-3", { handle }))).toMatchObject({
      kind: "done",
    });
    expect(await world.register("bob", deviceOf("bobs"))).toMatchObject({ kind: "done" });
  });

  test("takes over no device of another user, which then shows no one's notifications", async () => {
    const world = useHub();
    await fill(world, "alice", mostDevices);
    await world.register("bob", deviceOf("bobs"));
    expect(await world.register("alice", deviceOf("bobs"))).toEqual({ kind: "tooMany" });
    expect(world.of("bob")).toEqual([]);
    expect(world.of("alice")).toHaveLength(mostDevices);
  });

  test("takes over no device that was counted among those of another user", async () => {
    const world = useHub();
    await fill(world, "alice", mostDevices);
    await fill(world, "bob", 1);
    expect(await world.register("alice", deviceOf("bob-0"))).toEqual({ kind: "tooMany" });
    expect(world.of("alice")).toHaveLength(mostDevices);
  });

  test("replaces a device by one of another platform", async () => {
    const world = useHub();
    await fill(world, "alice", mostDevices);
    const other = deviceOf("alice-3", { platform: "fcmv1", handle: "ANDROID" });
    expect(await world.register("alice", other)).toMatchObject({ kind: "done" });
    expect(world.of("alice")).toHaveLength(mostDevices);
  });
});

test("a first registration makes seven calls, the second four, and each after it three", async () => {
  const { register, calls } = useHub();
  await register("alice", deviceOf("a"));
  expect(calls()).toEqual(["list", "list", "list", "createId", "create", "list", "list"]);
  await register("alice", deviceOf("a"));
  expect(calls()).toEqual(["list", "list", "list", "update"]);
  for (let times = 0; times < 3; times++) {
    await register("alice", deviceOf("a"));
    expect(calls()).toEqual(["list", "list", "update"]);
  }
});

test("a device that was counted is looked at again once it has another user", async () => {
  const world = useHub();
  await fill(world, "bob", 1);
  world.calls();
  const looks: number[] = [];
  for (let times = 0; times < 3; times++) {
    await world.register("alice", deviceOf("bob-0"));
    looks.push(world.calls().filter((call) => call === "list").length - 2);
  }
  // At the takeover, and at the next time, when the lists show the device as Alice's.
  expect(looks).toEqual([1, 1, 0]);
});

test("twenty devices at once beside nineteen: the bound holds once each has registered again", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.constantFrom(0, 2_000, 15_000),
      fc.boolean(),
      async (scheduler, lagMs, isFilledTwice) => {
        let racing = false;
        const world = useHub(lagMs, (call) =>
          racing ? scheduler.schedule(Promise.resolve(), call) : Promise.resolve(),
        );
        const old = Array.from({ length: 19 }, (_, index) => deviceOf(`old-${index}`));
        for (const device of old) await world.register("alice", device);
        world.clock.pass(lagMs + 1);
        if (isFilledTwice) for (const device of old) await world.register("alice", device);
        world.clock.pass(lagMs + 1);

        const some = Array.from({ length: 20 }, (_, index) => deviceOf(`new-${index}`));
        racing = true;
        await scheduler.waitFor(Promise.all(some.map((one) => world.register("alice", one))));
        world.clock.pass(lagMs + 1);
        const all = [...some, ...old];
        const ended = await scheduler.waitFor(
          Promise.all(all.map((one) => world.register("alice", one))),
        );
        const done = ended.filter(({ kind }) => kind === "done").length;
        expect(world.of("alice").length).toBeLessThanOrEqual(mostDevices);
        expect(world.of("alice")).toHaveLength(done);
        // Those that were registered longer stay.
        if (isFilledTwice) {
          const handles = world.of("alice").map(({ handle }) => handle);
          for (const { handle } of old) expect(handles).toContain(handle);
        }
      },
    ),
    { numRuns: count(4, 200) },
  );
});

test("devices that register twice before the lists show them are looked at when they do", async () => {
  const world = useHub(15_000);
  const some = Array.from({ length: 60 }, (_, index) => deviceOf(`eager-${index}`));
  for (const wait of [0, 0, 15_001, 15_001]) {
    world.clock.pass(wait);
    for (const device of some) {
      await world.register("alice", device);
      world.calls();
    }
  }
  expect(world.of("alice").length).toBeLessThanOrEqual(mostDevices);
});

test("a device that is registered stays while the lists still show devices that are gone", async () => {
  const world = useHub(2_000);
  await fill(world, "alice", mostDevices);
  world.clock.pass(2_001);
  const signal = AbortSignal.timeout(1_000);
  const [gone] = world.of("alice");
  if (gone) await world.hub.remove(gone, signal);
  // The lists show twenty, but there is room for one.
  expect(await world.register("alice", deviceOf("new"))).toMatchObject({ kind: "done" });
  expect(await world.register("alice", deviceOf("one more"))).toMatchObject({ kind: "done" });
  world.clock.pass(2_001);
  await world.register("alice", deviceOf("one more"));
  await world.register("alice", deviceOf("new"));
  expect(world.of("alice")).toHaveLength(mostDevices);
});

test("a device that has gone to another user leaves room, although the lists still show it", async () => {
  const world = useHub(2_000);
  await fill(world, "alice", mostDevices);
  world.clock.pass(2_001);
  await world.register("bob", deviceOf("alice-3"));
  expect(await world.register("alice", deviceOf("new"))).toMatchObject({ kind: "done" });
  expect(world.of("alice")).toHaveLength(mostDevices);
});

test("a device that is not counted yet has no room beside twenty that are, however small its id is", async () => {
  const world = useHub();
  await fill(world, "alice", mostDevices);
  const late = deviceOf("late");
  const tags = [installationTag("late"), userTag("alice")];
  const { platform, handle } = late;
  await world.hub.create("a", { platform, handle, tags }, AbortSignal.timeout(1_000));
  expect(await world.register("alice", late)).toEqual({ kind: "tooMany" });
  expect(world.of("alice")).toHaveLength(mostDevices);
});

test("a device does not count itself if its registration enters the lists while it registers", async () => {
  const world = useHub();
  await fill(world, "alice", mostDevices);
  let isEarly = true;
  const early = createRegister(
    {
      ...world.hub,
      listByTag: (tag, signal) =>
        isEarly && tag.startsWith("installation:")
          ? Promise.resolve({ kind: "done", value: [] })
          : world.hub.listByTag(tag, signal),
      listByHandle: (...args) =>
        isEarly ? Promise.resolve({ kind: "done", value: [] }) : world.hub.listByHandle(...args),
      createId: (signal) => {
        isEarly = false;
        return world.hub.createId(signal);
      },
    },
    neverForgotten,
    world.clock,
  );
  expect(await early("alice", deviceOf("alice-3"))).toMatchObject({ kind: "done" });
  expect(world.of("alice")).toHaveLength(mostDevices);
});

test("two registrations of an installation are one device", async () => {
  const world = useHub(2_000);
  for (let index = 0; index < mostDevices; index++) {
    // Twice within the lag, as at a sign-in and a start: a duplicate may stay until the next time.
    await world.register("alice", deviceOf(`twice-${index}`));
    await world.register("alice", deviceOf(`twice-${index}`));
  }
  world.clock.pass(2_001);
  for (let index = 0; index < mostDevices; index++) {
    const registered = await world.register("alice", deviceOf(`twice-${index}`));
    expect([index, registered.kind]).toEqual([index, "done"]);
  }
});

describe("on the real app", () => {
  const stack = useTestStack();

  test("twenty devices at once beside nineteen", async () => {
    const token = await signIn(stack(), "alice");
    const old = Array.from({ length: 19 }, () => iPhone());
    for (const device of old) {
      expect(await register(stack(), token, device)).toMatchObject({ status: 200 });
    }
    await setFaults(stack(), { listLagMs: 1_500 });
    const some = Array.from({ length: 20 }, () => androidPhone());
    await Promise.all(some.map((device) => register(stack(), token, device)));
    await setFaults(stack());
    const statuses: number[] = [];
    for (const device of [...old, ...some]) {
      const { status, body } = await register(stack(), token, device);
      statuses.push(status);
      if (status === 409) {
        expect(body).toMatchObject({
          detail: "You have 20 devices already. Remove one before you register another.",
        });
      }
    }
    const ofAlice = async () =>
      (await heldRegistrations(stack())).filter(({ tags }) => tags.includes(tagOf("alice")));
    expect(await ofAlice()).toHaveLength(20);
    expect(statuses.filter((status) => status === 200)).toHaveLength(20);

    // One is removed, and there is room again.
    const [{ registrationId } = { registrationId: "" }] = await ofAlice();
    const headers = { "x-zumo-auth": token };
    await send(stack(), "DELETE", `/api/devices/${registrationId}`, { headers });
    expect(await register(stack(), token, iPhone())).toMatchObject({ status: 200 });
    expect(await register(stack(), token, iPhone())).toMatchObject({ status: 409 });
  });
});
