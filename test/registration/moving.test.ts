import { createRegistration } from "@azure/notification-hubs/api";
import { expect, test } from "vitest";
import {
  androidPhone,
  deliveries,
  insert,
  iPhone,
  register,
  signIn,
  type TestDevice,
  unregister,
  windowsDevice,
} from "../support/client.ts";
import { heldRegistrations, hubContext, tagOf, tagOfInstallation } from "../support/hubState.ts";
import { useTestStack } from "../support/testStack.ts";

const stack = useTestStack();

/** Returns the registrations that have one of these installations or handles. */
async function heldFor(...devices: readonly TestDevice[]) {
  const held = await heldRegistrations(stack());
  return held.filter(({ handle, tags }) =>
    devices.some(
      (device) =>
        handle === device.handle || tags.includes(tagOfInstallation(device.installationId)),
    ),
  );
}

async function shownOn({ handle }: TestDevice): Promise<string[]> {
  return (await deliveries(stack(), handle)).map(({ body }) => body);
}

test("signing in as another user moves the device to that user", async () => {
  const [alice, bob] = [await signIn(stack(), "alice"), await signIn(stack(), "bob")];
  const phone = iPhone();
  await register(stack(), alice, phone);
  await register(stack(), bob, phone);

  await insert(stack(), alice, { text: "of alice" });
  await insert(stack(), bob, { text: "of bob" });

  expect(await shownOn(phone)).toEqual([expect.stringContaining("of bob")]);
  expect(await heldFor(phone)).toMatchObject([{ tags: expect.arrayContaining([tagOf("bob")]) }]);
});

const [someone, another, android, apple] = [
  windowsDevice(),
  windowsDevice(),
  androidPhone(),
  iPhone(),
];

test.each<{ what: string; before: TestDevice; after: TestDevice }>([
  {
    what: "a reinstall with a new installation id and the same handle",
    before: { ...someone, installationId: "before" },
    after: { ...someone, installationId: "after" },
  },
  {
    what: "a new handle",
    before: another,
    after: { ...windowsDevice(), installationId: another.installationId },
  },
  {
    what: "a change from Android to Windows",
    before: android,
    after: { ...windowsDevice(), installationId: android.installationId },
  },
  {
    what: "a change from iOS to Android",
    before: apple,
    after: { ...androidPhone(), installationId: apple.installationId },
  },
])("keeps one registration and shows an insert once after $what", async ({ before, after }) => {
  const token = await signIn(stack(), `carol ${after.installationId}`);
  await register(stack(), token, before);
  const answer = await register(stack(), token, after);

  expect(answer.status).toBe(200);
  expect(await heldFor(before, after)).toMatchObject([
    {
      handle: after.handle,
      tags: expect.arrayContaining([tagOfInstallation(after.installationId)]),
    },
  ]);
  await insert(stack(), token, { text: "once" });
  const arrived = await deliveries(stack());
  const own = arrived.filter(({ handle }) => [before.handle, after.handle].includes(handle));
  expect(own).toMatchObject([{ handle: after.handle }]);
});

test("keeps the native registration with the smallest id and deletes other leftovers", async () => {
  const phone = iPhone();
  const left = { deviceToken: phone.handle, tags: [tagOfInstallation(phone.installationId)] };
  const ids: string[] = [];
  for (let index = 0; index < 5; index++) {
    const { registrationId = "" } = await createRegistration(hubContext(stack()), {
      kind: "Apple",
      ...left,
    });
    ids.push(registrationId);
  }
  const template = {
    kind: "AppleTemplate",
    bodyTemplate: '{"aps":{"alert":"$(m)"}}',
    ...left,
  } as const;
  await createRegistration(hubContext(stack()), template);

  const answer = await register(stack(), await signIn(stack(), "ivan"), phone);

  expect(answer.body).toMatchObject({ registrationId: ids.sort()[0] });
  expect(await heldFor(phone)).toHaveLength(1);
});

test("treats a device token in lower case as the same device", async () => {
  const token = await signIn(stack(), "dave");
  const phone = iPhone();
  const small = { ...phone, body: { ...phone.body, deviceToken: phone.handle.toLowerCase() } };
  const first = await register(stack(), token, phone);
  const second = await register(stack(), token, { ...small, installationId: "reinstalled" });
  const registrationId = JSON.parse(first.text).registrationId;
  expect(second.body).toMatchObject({ registrationId });
  expect(await heldFor(phone)).toHaveLength(1);
});

test("signing out removes the caller's registration of this installation", async () => {
  const token = await signIn(stack(), "erin");
  const [phone, tablet] = [iPhone(), iPhone()];
  await register(stack(), token, phone);
  await register(stack(), token, tablet);

  const answer = await unregister(stack(), token, phone);
  expect([answer.status, answer.text]).toEqual([204, ""]);
  await insert(stack(), token, { text: "after" });

  expect(await shownOn(phone)).toEqual([]);
  expect(await shownOn(tablet)).toHaveLength(1);
  // Signing out is idempotent.
  expect(await unregister(stack(), token, phone)).toMatchObject({ status: 204 });
});

test("signing out keeps a registration that now belongs to another user", async () => {
  const [frank, grace] = [await signIn(stack(), "frank"), await signIn(stack(), "grace")];
  const phone = androidPhone();
  await register(stack(), frank, phone);
  await register(stack(), grace, phone);

  expect(await unregister(stack(), frank, phone)).toMatchObject({ status: 204 });

  expect(await heldFor(phone)).toMatchObject([{ tags: expect.arrayContaining([tagOf("grace")]) }]);
});

test("signing out without a token or with a malformed installation id is refused", async () => {
  const token = await signIn(stack(), "heidi");
  const device = { ...iPhone(), installationId: "a,b" };
  expect(await unregister(stack(), "", device)).toMatchObject({ status: 401 });
  const answer = await unregister(stack(), token, device);
  expect(answer.status).toBe(400);
  expect(answer.body).toMatchObject({ errors: [{ pointer: "/headers/X-ZUMO-INSTALLATION-ID" }] });
});
