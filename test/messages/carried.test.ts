import * as v from "valibot";
import { expect, test } from "vitest";
import {
  androidPhone,
  deliveries,
  iPhone,
  register,
  send,
  sendMessage,
  setFaults,
  settled,
  signIn,
  stateOf,
  windowsDevice,
} from "../support/client.ts";
import { startTestHost } from "../support/hosts.ts";
import { useTestStack } from "../support/testStack.ts";
import { until } from "../support/until.ts";

const stack = useTestStack(async () => ({
  Push__messagesPerMinute: "0",
  Delivery__retrySeconds: "1",
}));

const user = "carol";
const devices = { apns: iPhone(), fcmv1: androidPhone(), wns: windowsDevice() };
let sent = 0;

/** Sends a message with these members, and returns what each platform's device received. */
async function arrive(members: object, on = stack()) {
  const token = await signIn(on, user);
  for (const device of Object.values(devices)) await register(on, token, device);
  const id = `m-${sent++}`;
  const usual = "silent" in members ? {} : { title: "T", text: "x" };
  const answer = await sendMessage(on, { id, to: { user: `local:${user}` }, ...usual, ...members });
  expect([answer.status, answer.text]).toEqual([202, expect.anything()]);
  await settled(on);
  expect(await stateOf(on, id)).toBe("done");
  const all = await deliveries(on);
  const of = (handle: string) => all.filter((one) => one.handle === handle).slice(-2);
  const [apns] = of(devices.apns.handle).slice(-1);
  const [fcmv1] = of(devices.fcmv1.handle).slice(-1);
  const { message } = v.parse(envelope, JSON.parse(fcmv1?.body ?? "{}"));
  return {
    id,
    apns: { headers: pushHeaders(apns?.headers), body: JSON.parse(apns?.body ?? "{}") },
    fcmv1: message,
    wns: of(devices.wns.handle).map(({ headers, body }) => ({
      headers: pushHeaders(headers),
      body,
    })),
  };
}

const envelope = v.object({ message: v.record(v.string(), v.unknown()) });

/** Returns the headers for the push service. */
function pushHeaders(headers: Readonly<Record<string, string>> = {}) {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => /^(?:apns-|x-wns-)/.test(name)),
  );
}

const key = expect.stringMatching(/^[0-9a-f]{16}$/);
const toast = (id: string, middle: string, { launch = "", before = "", after = "" } = {}) =>
  `<toast launch="notificationId=${id}${launch}">${before}<visual>${middle}</visual>${after}</toast>`;
const plain =
  '<binding template="ToastText02"><text id="1">T</text><text id="2">x</text></binding>';

test("without options, a message has its title on every platform, and its id", async () => {
  const { id, apns, fcmv1, wns } = await arrive({});
  expect(apns).toEqual({
    headers: { "apns-push-type": "alert", "apns-collapse-id": key },
    body: { aps: { alert: { title: "T", body: "x" } }, notificationId: id },
  });
  expect(fcmv1).toEqual({
    notification: { title: "T", body: "x" },
    data: { notificationId: id },
    android: { priority: "high", notification: { tag: key } },
  });
  expect(wns.at(-1)).toEqual({
    headers: { "x-wns-type": "wns/toast", "x-wns-tag": key },
    body: toast(id, plain),
  });
});

test("image and link", async () => {
  const image = "https://example.com/a?b=1&c=2";
  const { id, apns, fcmv1, wns } = await arrive({ image, link: "myapp://order/7?a=1&b=2" });
  expect(apns.body).toEqual({
    aps: { alert: { title: "T", body: "x" }, "mutable-content": 1 },
    image,
    link: "myapp://order/7?a=1&b=2",
    notificationId: id,
  });
  expect(fcmv1).toMatchObject({
    notification: { title: "T", body: "x", image },
    data: { notificationId: id, link: "myapp://order/7?a=1&b=2" },
  });
  expect(wns.at(-1)?.body).toBe(
    toast(
      id,
      '<binding template="ToastGeneric"><text>T</text><text>x</text>' +
        '<image placement="hero" src="https://example.com/a?b=1&amp;c=2"/></binding>',
      { launch: "&amp;link=myapp%3A%2F%2Forder%2F7%3Fa%3D1%26b%3D2" },
    ),
  );
});

test("a badge: a number on an iPhone, a count on Android, and a send of its own on Windows", async () => {
  const { id, apns, fcmv1, wns } = await arrive({ badge: 3 });
  expect(apns.body.aps).toEqual({ alert: { title: "T", body: "x" }, badge: 3 });
  expect(fcmv1["android"]).toEqual({
    priority: "high",
    notification: { tag: key, notification_count: 3 },
  });
  expect(wns).toEqual([
    { headers: { "x-wns-type": "wns/toast", "x-wns-tag": key }, body: toast(id, plain) },
    { headers: { "x-wns-type": "wns/badge" }, body: '<badge value="3"/>' },
  ]);
  const cleared = await arrive({ badge: 0 });
  expect(cleared.apns.body.aps).toMatchObject({ badge: 0 });
  expect(cleared.fcmv1["android"]).toEqual({ priority: "high", notification: { tag: key } });
  expect(cleared.wns.at(-1)?.body).toBe('<badge value="0"/>');
});

test.each([
  ["default", { sound: "default" }, { sound: "default" }, ""],
  ["none", {}, {}, '<audio silent="true"/>'],
  ["chime.caf", { sound: "chime.caf" }, { sound: "chime" }, '<audio src="ms-appx:///chime.caf"/>'],
])("the sound %s", async (sound, apple, android, after) => {
  const { id, apns, fcmv1, wns } = await arrive({ sound });
  expect(apns.body.aps).toEqual({ alert: { title: "T", body: "x" }, ...apple });
  expect(fcmv1["android"]).toEqual({
    priority: "high",
    notification: { tag: key, ...android },
  });
  expect(wns.at(-1)?.body).toBe(toast(id, plain, { after }));
});

test("group and category", async () => {
  const { id, apns, fcmv1, wns } = await arrive({ group: "chat & 7", category: "REPLY" });
  expect(apns.body.aps).toEqual({
    alert: { title: "T", body: "x" },
    "thread-id": "chat & 7",
    category: "REPLY",
  });
  expect(fcmv1["data"]).toEqual({ notificationId: id, group: "chat & 7", category: "REPLY" });
  expect(wns.at(-1)?.body).toBe(
    toast(id, '<binding template="ToastGeneric"><text>T</text><text>x</text></binding>', {
      before: '<header id="chat &amp; 7" title="T" arguments="group=chat+%26+7"/>',
    }),
  );
});

test("what replaces has one key for the audience, and another for another key", async () => {
  const keysOf = async (members: object) => {
    const { apns, fcmv1, wns } = await arrive(members);
    const { notification } = v.parse(
      v.object({ notification: v.object({ tag: v.string() }) }),
      fcmv1["android"],
    );
    const keys = [
      apns.headers["apns-collapse-id"],
      notification.tag,
      wns.at(-1)?.headers["x-wns-tag"],
    ];
    expect(new Set(keys).size).toBe(1);
    return String(keys[0]);
  };
  const first = await keysOf({ replaces: "order/7" });
  expect(first).toMatch(/^[0-9a-f]{16}$/);
  expect(await keysOf({ replaces: "order/7", title: "Another" })).toBe(first);
  expect(await keysOf({ replaces: "order/8" })).not.toBe(first);
});

test("what was put off does not replace a later one, and says so", async () => {
  const token = await signIn(stack(), "rita");
  const phone = iPhone();
  await register(stack(), token, phone);
  const message = { to: { user: "local:rita" }, title: "T", replaces: "k" };
  await setFaults(stack(), { match: { path: "/messages" }, status: 503 });
  await sendMessage(stack(), { ...message, id: "older", text: "older" });
  await until("a send that fails on each platform", async () => {
    const response = await fetch(`${stack().addresses.hub.url}/_emulator/requests`);
    const requests = v.parse(v.array(v.object({ status: v.unknown() })), await response.json());
    return requests.filter(({ status }) => status === 503).length >= 3;
  });
  await setFaults(stack());
  await sendMessage(stack(), { ...message, id: "later", text: "later" });
  const arrived = await deliveries(stack(), phone.handle);
  expect(arrived.map(({ body }) => JSON.parse(body).aps.alert.body)).toEqual(["later"]);
  expect(await send(stack(), "GET", "/api/notifications/older")).toMatchObject({
    body: {
      state: "givenUp",
      reason: expect.stringMatching(/^A later message took its place before it was sent to/),
    },
  });
  expect(await stateOf(stack(), "later")).toBe("done");
});

test("an expiry is absolute for Apple, and what is left for the others", async () => {
  const before = Math.floor(Date.now() / 1_000);
  const { apns, fcmv1, wns } = await arrive({ expiresInSeconds: 3_600 });
  const at = Number(apns.headers["apns-expiration"]);
  expect(at).toBeGreaterThanOrEqual(before + 3_600);
  expect(at).toBeLessThanOrEqual(Date.now() / 1_000 + 3_601);
  const { ttl } = v.parse(v.object({ ttl: v.string() }), fcmv1["android"]);
  expect(ttl).toMatch(/^3(?:600|5\d\d)s$/);
  expect(wns.at(-1)?.headers["x-wns-ttl"]).toMatch(/^3(?:600|5\d\d)$/);
});

test("what is not to be kept is tried once", async () => {
  const { apns, fcmv1, wns } = await arrive({ expiresInSeconds: 0 });
  expect(apns.headers["apns-expiration"]).toBe("0");
  expect(fcmv1["android"]).toMatchObject({ ttl: "0s" });
  expect(wns.at(-1)?.headers["x-wns-ttl"]).toBe("0");
});

test.each([
  ["high", "10", "1"],
  ["normal", "5", "2"],
])("%s urgency", async (urgency, apple, windows) => {
  const { apns, fcmv1, wns } = await arrive({ urgency });
  expect(apns.headers["apns-priority"]).toBe(apple);
  expect(fcmv1["android"]).toMatchObject({ priority: urgency });
  expect(wns.at(-1)?.headers["x-wns-priority"]).toBe(windows);
});

test("a silent message wakes the app and shows nothing", async () => {
  const members = { silent: true, data: { a: "1" }, link: "myapp:x", replaces: "k" };
  const { id, apns, fcmv1, wns } = await arrive(members);
  const data = { a: "1", notificationId: id, link: "myapp:x" };
  expect(apns).toEqual({
    headers: { "apns-push-type": "background", "apns-priority": "5" },
    body: { aps: { "content-available": 1 }, ...data },
  });
  expect(fcmv1).toEqual({ data, android: { priority: "normal", collapse_key: key } });
  const [raw] = wns.slice(-1);
  expect(raw?.headers).toEqual({ "x-wns-type": "wns/raw", "x-wns-cache-policy": "cache" });
  expect(JSON.parse(raw?.body ?? "")).toEqual(data);
});

test("what single platforms get besides", async () => {
  const { id, apns, fcmv1, wns } = await arrive({
    platforms: {
      apns: { aps: { "interruption-level": "passive", alert: { subtitle: "S", title: null } } },
      fcmv1: { message: { android: { notification: { color: "#ff0000" } }, data: null } },
      wns: '<toast><visual><binding template="ToastGeneric"><text>Own</text></binding></visual></toast>',
    },
  });
  expect(apns.body).toEqual({
    aps: { alert: { body: "x", subtitle: "S" }, "interruption-level": "passive" },
    notificationId: id,
  });
  expect(fcmv1).toEqual({
    notification: { title: "T", body: "x" },
    android: { priority: "high", notification: { tag: key, color: "#ff0000" } },
  });
  expect(wns.at(-1)?.body).toContain("<text>Own</text>");
});

test("Firebase's packages on iPhones get an id of each message, in silent ones too", async () => {
  const settings = { Push__appleFirebase: "true", Push__messagesPerMinute: "0" };
  const host = await startTestHost(stack(), { settings });
  try {
    const image = "https://example.com/a.png";
    const shown = await arrive({ image }, host.stack);
    expect(shown.apns.body).toMatchObject({
      "gcm.message_id": shown.id,
      fcm_options: { image },
      image,
    });
    const silent = await arrive({ silent: true }, host.stack);
    expect(silent.apns.body).toEqual({
      aps: { "content-available": 1 },
      "gcm.message_id": silent.id,
      notificationId: silent.id,
    });
  } finally {
    await host.stop();
  }
});

test.each<[string, object, string, RegExp]>([
  ["an image over http", { image: "http://example.com/a" }, "#/image", /https address/],
  ["an image with a space", { image: "https://example.com/a b" }, "#/image", /https address/],
  ["a link to a script", { link: "javascript:alert(1)" }, "#/link", /own scheme/],
  ["a link over http", { link: "http://example.com" }, "#/link", /own scheme/],
  ["a link of one word", { link: "order" }, "#/link", /own scheme/],
  ["a badge below 0", { badge: -1 }, "#/badge", /0 to 99999/],
  ["a badge as a text", { badge: "1" }, "#/badge", /whole number/],
  ["a sound in a folder", { sound: "../a.caf" }, "#/sound", /file in the app/],
  ["an empty group", { group: "" }, "#/group", /1 to 64/],
  ["a long key to replace", { replaces: "x".repeat(65) }, "#/replaces", /1 to 64/],
  ["a category with a space", { category: "a b" }, "#/category", /letters/],
  ["an expiry beyond 28 days", { expiresInSeconds: 2_419_201 }, "#/expiresInSeconds", /2419200/],
  ["an urgency", { urgency: "low" }, "#/urgency", /high or normal/],
  ["silent as a text", { silent: "yes" }, "#/silent", /true or false/],
  ["an unknown platform", { platforms: { fax: {} } }, "#/platforms/fax", /only wns, apns, fcmv1/],
  [
    "a patch that sets a token",
    { platforms: { fcmv1: { message: { token: "t" } } } },
    "#/platforms/fcmv1",
    /message\.token/,
  ],
  [
    "a patch of data that are no texts",
    { platforms: { fcmv1: { message: { data: { a: 1 } } } } },
    "#/platforms/fcmv1",
    /strings/,
  ],
  ["a patch without aps", { platforms: { apns: { aps: null } } }, "#/platforms/apns", /aps/],
  ["a patch that is a list", { platforms: { apns: [] } }, "#/platforms/apns", /object/],
  ["a toast that is none", { platforms: { wns: "<tile/>" } }, "#/platforms/wns", /<toast/],
  ["a patch that is a number", { platforms: { wns: 1 } }, "#/platforms/wns", /toast/],
  ["a name in data that is a member's", { data: { link: "x" } }, "#/data/link", /beside data/],
])("refuses %s", async (_, members, pointer, detail) => {
  const to = { user: `local:${user}` };
  const answer = await sendMessage(stack(), { to, title: "T", text: "x", ...members });
  expect(answer).toMatchObject({
    status: 400,
    body: { errors: [{ pointer, detail: expect.stringMatching(detail) }] },
  });
});

test("a silent message with anything to show has every fault named", async () => {
  const shown = {
    ...{ title: "T", text: "x", image: "https://example.com/a", badge: 1, sound: "default" },
    ...{ group: "g", category: "c", urgency: "high" },
  };
  const answer = await sendMessage(stack(), { to: { everyone: true }, silent: true, ...shown });
  const { errors } = v.parse(
    v.object({ errors: v.array(v.object({ pointer: v.string() })) }),
    answer.body,
  );
  expect(errors.map(({ pointer }) => pointer).sort()).toEqual(
    Object.keys(shown)
      .map((name) => `#/${name}`)
      .sort(),
  );
});

test("what fits on no platform is refused before it is stored, by how much", async () => {
  const large = { platforms: { apns: { own: "a".repeat(4_096) } } };
  const answer = await sendMessage(stack(), {
    ...{ id: "too-large", to: { everyone: true }, title: "T", text: "x", ...large },
  });
  expect(answer).toMatchObject({
    status: 400,
    body: {
      errors: [
        { pointer: "#", detail: expect.stringMatching(/^It is \d+ bytes too large for apns/) },
      ],
    },
  });
  await expect(stateOf(stack(), "too-large")).rejects.toThrow();
});
