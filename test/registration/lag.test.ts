import { getRegistration } from "@azure/notification-hubs/api";
import fc from "fast-check";
import * as v from "valibot";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  type Answer,
  iPhone,
  register,
  setFaults,
  signIn,
  type TestDevice,
  unregister,
} from "../support/client.ts";
import { count } from "../support/counts.ts";
import { heldRegistrations, hubContext, tagOf, tagOfInstallation } from "../support/hubState.ts";
import { type RecordingProxy, startRecordingProxy } from "../support/recordingProxy.ts";
import { useTestStack } from "../support/testStack.ts";

/** The key of the emulator's full access policy, which is public. */
const key = "bm90aWZ5LXVzZXJzLWxvY2FsLWRldmVsb3BtZW50LWtleQ==";

let proxy: RecordingProxy;
const stack = useTestStack(async () => {
  proxy = await startRecordingProxy();
  return {
    NotificationHub__connectionString: `Endpoint=${proxy.url}/;SharedAccessKeyName=DefaultFullSharedAccessSignature;SharedAccessKey=${key}`,
  };
});
beforeEach(() => proxy.forwardTo(stack().addresses.hub.url));
afterEach(() => setFaults(stack()));
afterAll(() => proxy.stop());

/** Returns the tags of a registration, read alone: such reads do not lag. */
async function tagsOf({ body }: Answer): Promise<readonly string[]> {
  const { registrationId } = v.parse(v.object({ registrationId: v.string() }), body);
  return (await getRegistration(hubContext(stack()), registrationId)).tags ?? [];
}

/** Returns the tags of each registration of a phone, by a list. */
async function listedTags(phone: TestDevice): Promise<readonly (readonly string[])[]> {
  const installation = tagOfInstallation(phone.installationId);
  const held = await heldRegistrations(stack());
  return held.filter(({ tags }) => tags.includes(installation)).map(({ tags }) => tags);
}

describe.each([0, 500, 2_000, 15_000])("with lists of the hub that lag by %i ms", (listLagMs) => {
  test("a first registration makes seven calls", async () => {
    const token = await signIn(stack(), "alice");
    await setFaults(stack(), { listLagMs });
    proxy.requests.splice(0);
    expect(await register(stack(), token, iPhone())).toMatchObject({ status: 200 });
    expect(proxy.requests).toHaveLength(7);
  });

  test("a device that goes to Bob and back, and to a new handle, belongs to its last user", async () => {
    const phone = iPhone();
    const [alice, bob] = [await signIn(stack(), "alice"), await signIn(stack(), "bob")];
    await register(stack(), alice, phone);
    // Set now, so that lists show the first registration and nothing that follows.
    await setFaults(stack(), { listLagMs });
    const next = { ...iPhone(), installationId: phone.installationId };
    for (const [user, token, device] of [
      ["bob", bob, phone],
      ["alice", alice, phone],
      ["alice", alice, next],
    ] as const) {
      proxy.requests.splice(0);
      const answer = await register(stack(), token, device);
      expect(answer.status).toBe(200);
      expect(proxy.requests.length).toBeLessThanOrEqual(8);
      expect(await tagsOf(answer)).toContain(tagOf(user));
    }
    await setFaults(stack());
    expect(await listedTags(phone)).toEqual([expect.arrayContaining([tagOf("alice")])]);
  });
});

test("after a random schedule under lag, a device has one registration, of its last user", async () => {
  const users = ["alice", "bob"] as const;
  const tokens = { alice: await signIn(stack(), "alice"), bob: await signIn(stack(), "bob") };
  const step = fc.record({
    user: fc.constantFrom(...users),
    /** Whether the request is sent before the one before it has been answered. */
    atOnce: fc.boolean(),
    newHandle: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 2, maxLength: 6 }),
      fc.constantFrom(500, 2_000, 15_000),
      async (steps, listLagMs) => {
        const phone = iPhone();
        await setFaults(stack(), { listLagMs });
        let running: Promise<{ status: number }>[] = [];
        for (const { user, atOnce, newHandle } of steps) {
          const device = newHandle ? { ...iPhone(), installationId: phone.installationId } : phone;
          if (!atOnce) await Promise.all(running);
          running.push(register(stack(), tokens[user], device));
        }
        for (const { status } of await Promise.all(running)) expect(status).toBe(200);
        running = [];

        // Without the rule the lists are current, as they are once the lag is over.
        await setFaults(stack());
        const last = steps.at(-1)?.user ?? "alice";
        expect(await register(stack(), tokens[last], phone)).toMatchObject({ status: 200 });
        expect(await listedTags(phone)).toEqual([expect.arrayContaining([tagOf(last)])]);
        // A user has at most 20 devices.
        await unregister(stack(), tokens[last], phone);
      },
    ),
    { numRuns: count(10, 200) },
  );
});
