import { XMLParser, XMLValidator } from "fast-xml-parser";
import { describe, expect, test } from "vitest";
import {
  androidPhone,
  deliveries,
  insert,
  iPhone,
  register,
  send,
  settled,
  signIn,
  windowsDevice,
} from "./support/client.ts";
import { startTestHost } from "./support/hosts.ts";
import { useTestStack } from "./support/testStack.ts";

const stack = useTestStack();

const text = 'Buy <milk> & "eggs" 🥛';

describe("a user with a Windows device, an iPhone and an Android phone", () => {
  test("gets one notification of an item on each device, in the platform's format", async () => {
    const token = await signIn(stack(), "alice");
    const devices = [windowsDevice(), iPhone(), androidPhone()];
    for (const device of devices) {
      const answer = await register(stack(), token, device);
      expect(answer.status).toBe(200);
      expect(answer.body).toEqual({
        registrationId: expect.stringMatching(/^\S+$/),
        platform: device.body["platform"],
        installationId: device.installationId,
        expirationTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/),
        topics: [],
      });
    }

    const inserted = await insert(stack(), token, { text });

    expect(inserted.status).toBe(201);
    expect(inserted.body).toEqual({
      id: expect.stringMatching(/^[A-Za-z0-9_-]{1,64}$/),
      text,
      complete: false,
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      updatedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z$/),
      version: expect.stringMatching(/^[A-Za-z0-9_-]+$/),
    });
    const { id, version } = JSON.parse(inserted.text);
    expect(inserted.headers.get("etag")).toBe(`"${version}"`);
    expect(inserted.headers.get("location")).toBe(`/tables/TodoItem/${id}`);

    const arrived = (await deliveries(stack())).sort((a, b) => (a.platform < b.platform ? -1 : 1));
    expect(arrived.map(({ platform }) => platform)).toEqual(["apns", "fcmv1", "wns"]);
    const [apns, fcmv1, wns] = arrived;
    const [windows, iphone, android] = devices;
    expect([wns?.handle, apns?.handle, fcmv1?.handle]).toEqual([
      windows?.handle,
      iphone?.handle,
      android?.handle,
    ]);

    const key = apns?.headers["apns-collapse-id"];
    expect(key).toMatch(/^[0-9a-f]{16}$/);
    expect(apns?.headers).toMatchObject({ "apns-push-type": "alert" });
    expect(JSON.parse(apns?.body ?? "")).toEqual({ aps: { alert: text }, todoItemId: id });

    expect(JSON.parse(fcmv1?.body ?? "")).toMatchObject({
      message: {
        notification: { title: "New item added:", body: text },
        data: { todoItemId: id },
        android: { notification: { tag: key } },
      },
    });

    expect(wns?.headers).toMatchObject({ "x-wns-type": "wns/toast", "x-wns-tag": key });
    expect(XMLValidator.validate(wns?.body ?? "")).toBe(true);
    const parser = new XMLParser({ ignoreAttributes: false, trimValues: false });
    expect(parser.parse(wns?.body ?? "")).toEqual({
      toast: {
        "@_launch": `todoItemId=${id}`,
        visual: {
          binding: {
            "@_template": "ToastText02",
            text: [
              { "@_id": "1", "#text": "New item added:" },
              { "@_id": "2", "#text": text },
            ],
          },
        },
      },
    });
  });
});

test("two devices of one user on one platform are both notified", async () => {
  const token = await signIn(stack(), "bob");
  const [phone, tablet] = [iPhone(), iPhone()];
  await register(stack(), token, phone);
  await register(stack(), token, tablet);

  await insert(stack(), token, { text: "for both" });

  for (const { handle } of [phone, tablet]) {
    expect(await deliveries(stack(), handle)).toMatchObject([
      { body: expect.stringContaining("for both") },
    ]);
  }
});

test("users never see each other's notifications, even if their names are similar", async () => {
  const names = [
    "carol",
    "Carol",
    "carol ",
    "carol,dave",
    "user:carol",
    "ca\u0301rol",
    "c\u00e1rol",
  ];
  const users = await Promise.all(
    names.map(async (name) => ({ token: await signIn(stack(), name), phone: iPhone(), name })),
  );
  for (const { token, phone } of users) {
    expect(await register(stack(), token, phone)).toMatchObject({ status: 200 });
  }

  for (const { token, name } of users) await insert(stack(), token, { text: `of ${name}` });

  for (const { phone, name } of users) {
    const seen = (await deliveries(stack(), phone.handle)).map(({ body }) => JSON.parse(body));
    expect(seen.map(({ aps }) => aps.alert)).toEqual([`of ${name}`]);
  }
});

test("registering again is idempotent: one registration, one notification", async () => {
  const token = await signIn(stack(), "erin");
  const phone = androidPhone();
  const first = await register(stack(), token, phone);
  const second = await register(stack(), token, phone);
  expect(second.body).toEqual(first.body);

  await insert(stack(), token, { text: "once" });

  expect(await deliveries(stack(), phone.handle)).toHaveLength(1);
});

test("a device belongs to the user who signed in on it last", async () => {
  const [frank, grace] = [await signIn(stack(), "frank"), await signIn(stack(), "grace")];
  const phone = windowsDevice();
  await register(stack(), frank, phone);
  await register(stack(), grace, phone);

  await insert(stack(), frank, { text: "frank's" });
  await insert(stack(), grace, { text: "grace's" });

  expect(await deliveries(stack(), phone.handle)).toMatchObject([
    { body: expect.stringContaining("grace&apos;s") },
  ]);
});

test("a repeated insert returns the same response and sends no second notification", async () => {
  const token = await signIn(stack(), "heidi");
  const phone = iPhone();
  await register(stack(), token, phone);
  const item = { id: "from-the-client", text: "twice", complete: true };

  const first = await insert(stack(), token, item);
  const second = await insert(stack(), token, item);

  expect([first.status, second.status]).toEqual([201, 201]);
  expect(second.body).toEqual(first.body);
  expect(await deliveries(stack(), phone.handle)).toHaveLength(1);
});

test("another item with the same id is a conflict only for the same user", async () => {
  const [ivan, judy] = [await signIn(stack(), "ivan"), await signIn(stack(), "judy")];
  await insert(stack(), ivan, { id: "one", text: "first" });

  const other = await insert(stack(), ivan, { id: "one", text: "second" });

  expect(other.status).toBe(409);
  expect(other.body).toMatchObject({ title: "Conflict", error: "Another item has this id." });
  expect(await insert(stack(), judy, { id: "one", text: "hers" })).toMatchObject({ status: 201 });
});

test("a text that is too long for a push payload is stored whole and sent shortened", async () => {
  const token = await signIn(stack(), "kim");
  const devices = [windowsDevice(), iPhone(), androidPhone()];
  for (const device of devices) await register(stack(), token, device);
  const long = "👩‍👩‍👧‍👦<&>".repeat(700);

  const inserted = await insert(stack(), token, { text: long });

  expect(inserted.body).toMatchObject({ text: long });
  for (const { handle } of devices) {
    const [arrived] = await deliveries(stack(), handle);
    expect(Buffer.byteLength(arrived?.body ?? "")).toBeLessThanOrEqual(4096);
    expect(arrived?.body).toContain("…");
  }
});

test("the tutorial's extra members of an item are accepted and ignored", async () => {
  const token = await signIn(stack(), "leo");
  const answer = await insert(stack(), token, {
    text: "hi",
    complete: false,
    channel: "https://x",
    deviceToken: "y",
    createdAt: "2013-01-01T00:00:00Z",
    updatedAt: null,
    version: "AAAA",
  });
  expect(answer.status).toBe(201);
  expect(answer.body).not.toMatchObject({ version: "AAAA" });
  expect(answer.body).not.toHaveProperty("channel");
});

test("the health check needs no sign-in and reports the version", async () => {
  const answer = await send(stack(), "GET", "/api/health");
  expect(answer.status).toBe(200);
  expect(answer.body).toEqual({ status: "ok", version: expect.stringMatching(/^\d+\.\d+\.\d+/) });
});

test("a product's settings change title, sound and channel, and nothing else", async () => {
  const settings = {
    Push__title: "Neu: ÄÖÜ",
    Push__appleTitle: "true",
    Push__appleSound: "default",
    Push__androidChannel: "items",
    // The stack's own host has other settings, and must not be the one that sends it.
    Delivery__retrySeconds: "30",
  };
  const host = await startTestHost(stack(), { settings });
  const token = await signIn(stack(), "product");
  const [phone, android, windows] = [iPhone(), androidPhone(), windowsDevice()];
  for (const device of [phone, android, windows]) await register(stack(), token, device);
  await insert(host.stack, token, { id: "changed", text: "Brot" });
  await settled(stack());
  await host.stop();
  const bodyOn = async ({ handle }: { handle: string }) =>
    (await deliveries(stack(), handle)).map(({ body }) => body);
  expect((await bodyOn(phone)).map((body) => JSON.parse(body))).toEqual([
    {
      aps: { alert: { title: "Neu: ÄÖÜ", body: "Brot" }, sound: "default" },
      todoItemId: "changed",
    },
  ]);
  expect((await bodyOn(android)).map((body) => JSON.parse(body))).toEqual([
    {
      message: {
        notification: { title: "Neu: ÄÖÜ", body: "Brot" },
        data: { todoItemId: "changed" },
        android: {
          priority: "high",
          notification: { tag: expect.any(String), channel_id: "items" },
        },
      },
    },
  ]);
  expect(await bodyOn(windows)).toEqual([
    expect.stringContaining('<text id="1">Neu: ÄÖÜ</text><text id="2">Brot</text>'),
  ]);
});
