import { once } from "node:events";
import { request } from "node:http";
import { createAppleNotification } from "@azure/notification-hubs";
import { beforeEach, describe, expect, test } from "vitest";
import { startHubEmulator } from "../../../local/hubEmulator/emulator.ts";
import { until } from "../../support/until.ts";
import { readDeliveries, setDevice, useEmulator } from "./emulatorUnderTest.ts";
import { readEvents } from "./eventStream.ts";
import {
  atomEntry,
  callHub,
  createSdkClient,
  type HubAddress,
  newDeviceToken,
  newTag,
} from "./hubClient.ts";

const emulator = useEmulator();
const apple = createAppleNotification({
  body: { aps: { alert: "hello" } },
  headers: { "apns-push-type": "alert", "apns-collapse-id": "c" },
});

beforeEach(async () => {
  await fetch(`${emulator().url}/_emulator`, { method: "DELETE" });
});

function sendTo(hub: HubAddress, deviceHandle: string): Promise<unknown> {
  return createSdkClient(hub).sendNotification(apple, { deviceHandle });
}

async function register(hub: HubAddress, deviceToken: string): Promise<string> {
  const registration = await createSdkClient(hub).createRegistration({
    kind: "Apple",
    deviceToken,
    tags: ["all"],
  });
  return registration.registrationId ?? "";
}

async function outcomesOf(hub: HubAddress): Promise<Record<string, string>> {
  const options = { tagExpression: "all", enableTestSend: true };
  const { results } = await createSdkClient(hub).sendNotification(apple, options);
  return Object.fromEntries(results.map(({ pnsHandle, outcome }) => [pnsHandle, outcome]));
}

describe("deliveries", () => {
  test("report what reached which device", async () => {
    const handle = newDeviceToken();
    const registrationId = await register(emulator(), handle.toLowerCase());
    const { notificationId } = await createSdkClient(emulator()).sendNotification(apple, {
      tagExpression: "all",
    });
    await sendTo(emulator(), handle.toLowerCase());
    const [byTag, direct] = await readDeliveries(emulator().url);
    expect(byTag).toEqual({
      seq: 1,
      at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      platform: "apns",
      handle,
      registrationId,
      headers: { "apns-push-type": "alert", "apns-collapse-id": "c" },
      body: `{"aps":{"alert":"hello"}}`,
      notificationId,
    });
    expect(direct).toMatchObject({ seq: 2, handle, registrationId: null });
  });

  test("are listed after a given number, and from the start after a reset", async () => {
    for (const handle of ["A1", "A2", "A3"]) await sendTo(emulator(), handle);
    const handles = async (after: number) =>
      (await readDeliveries(emulator().url, after)).map(({ handle }) => handle);
    expect(await handles(1)).toEqual(["A2", "A3"]);
    expect(await handles(3)).toEqual([]);
    await fetch(`${emulator().url}/_emulator`, { method: "DELETE" });
    await sendTo(emulator(), "B1");
    expect(await handles(3)).toEqual(["B1"]);
    expect((await fetch(`${emulator().url}/_emulator/deliveries?after=x`)).status).toBe(400);
  });

  test("are streamed live, and resume where a client was disconnected", async () => {
    await sendTo(emulator(), "A1");
    const live = await readEvents(emulator().url);
    await sendTo(emulator(), "A2");
    await until("the event", () => live.events.length === 1);
    expect(live.events[0]).toMatchObject({ id: "2", data: { seq: 2, handle: "A2" } });
    live.close();
    await sendTo(emulator(), "A3");
    const resumed = await readEvents(emulator().url, { "last-event-id": "2" });
    await sendTo(emulator(), "A4");
    await until("the events", () => resumed.events.length === 2);
    expect(resumed.events.map(({ data }) => data.handle)).toEqual(["A3", "A4"]);
    resumed.close();
    const fromTheStart = await readEvents(`${emulator().url}`, { "last-event-id": "0" });
    await until("the events", () => fromTheStart.events.length === 4);
    fromTheStart.close();
  });

  test("continue in an open stream after a reset", async () => {
    const live = await readEvents(emulator().url);
    await sendTo(emulator(), "A1");
    await fetch(`${emulator().url}/_emulator`, { method: "DELETE" });
    await sendTo(emulator(), "A2");
    await until("the events", () => live.events.length === 2);
    expect(live.events.map(({ id }) => id)).toEqual(["1", "1"]);
    live.close();
  });
});

describe("devices", () => {
  test("an expired handle is reported, and its registrations are deleted", async () => {
    const [gone, there] = [newDeviceToken(), newDeviceToken()];
    const client = createSdkClient(emulator());
    await register(emulator(), gone);
    const kept = await register(emulator(), there);
    await client.createOrUpdateInstallation({
      installationId: "i",
      platform: "apns",
      pushChannel: gone,
      tags: ["all"],
    });
    await setDevice(emulator().url, gone.toLowerCase(), { state: "expired" });

    const expired = "The Push Notification System handle for the registration is expired";
    expect(await outcomesOf(emulator())).toEqual({
      [gone]: expired,
      [there]: "The Notification was successfully sent to the Push Notification System",
    });
    const ids: unknown[] = [];
    for await (const { registrationId } of client.listRegistrations()) ids.push(registrationId);
    expect(ids).toEqual([kept]);
    expect(await client.getInstallation("i")).toMatchObject({ pushChannelExpired: true });
    const feedback = await (await fetch(await client.getFeedbackContainerUrl())).text();
    expect(JSON.parse(feedback)).toMatchObject([
      { platform: "apns", handle: gone, error: "ExpiredChannel" },
      { platform: "apns", handle: gone, error: "ExpiredChannel" },
    ]);

    await setDevice(emulator().url, gone, { state: "active" });
    await client.updateInstallation("i", [{ op: "add", path: "/tags", value: "more" }]);
    expect(await client.getInstallation("i")).toMatchObject({ pushChannelExpired: true });
    expect(await outcomesOf(emulator())).not.toHaveProperty(gone);
    await client.updateInstallation("i", [{ op: "replace", path: "/pushChannel", value: "AB" }]);
    expect(await client.getInstallation("i")).toMatchObject({ pushChannelExpired: false });
    expect(await outcomesOf(emulator())).toHaveProperty("AB");
  });

  test.each(["production", "sandbox"] as const)(
    "reports a handle as invalid if its Apple environment is not %s",
    async (apnsEnvironment) => {
      const hub = await startHubEmulator({ port: 0, apnsEnvironment });
      const [own, other, unknown] = [newDeviceToken(), newDeviceToken(), newDeviceToken()];
      for (const handle of [own, other, unknown]) await register(hub, handle);
      await setDevice(hub.url, own, { environment: apnsEnvironment });
      const environment = apnsEnvironment === "sandbox" ? "production" : "sandbox";
      await setDevice(hub.url, other, { environment });
      const sent = "The Notification was successfully sent to the Push Notification System";
      expect(await outcomesOf(hub)).toEqual({
        [own]: sent,
        [other]: "The Push Notification System handle for the registration is invalid",
        [unknown]: sent,
      });
      const reached = (await readDeliveries(hub.url)).map(({ handle }) => handle);
      expect(reached.toSorted()).toEqual([own, unknown].toSorted());
      await hub.stop();
    },
  );

  test("refuses an invalid description of a device", async () => {
    const address = `${emulator().url}/_emulator/devices/AB`;
    const body = `{"state":"tired","environment":"moon"}`;
    const response = await fetch(address, { method: "PUT", body });
    expect(response.status).toBe(400);
    expect(JSON.parse(await response.text()).errors).toHaveLength(2);
  });
});

describe("the simulated world", () => {
  test.each([
    "evil.example",
    "notlocalhost",
    "127.0.0.1.evil.example",
    "10.0.0.1",
    "localhost.evil:80",
  ])("refuses the Host %s", async (host) => {
    expect(await statusWithHost(host)).toBe(403);
  });

  test.each(["localhost", "127.0.0.1:1", "127.8.9.1", "[::1]:80"])(
    "accepts the Host %s",
    async (host) => {
      expect(await statusWithHost(host)).toBe(200);
    },
  );

  test("allows no other origin", async () => {
    const headers = { origin: "https://evil.example" };
    const response = await fetch(`${emulator().url}/_emulator/deliveries`, { headers });
    expect([...response.headers.keys()].filter((name) => name.includes("allow"))).toEqual([]);
  });

  test("returns 404 for unknown paths", async () => {
    expect((await fetch(`${emulator().url}/_emulator/nothing`)).status).toBe(404);
    expect((await fetch(`${emulator().url}/_emulator/page.html`)).status).toBe(404);
  });

  test("has a page, which loads nothing from elsewhere", async () => {
    const page = await fetch(`${emulator().url}/_emulator`);
    expect([page.status, page.url]).toEqual([200, `${emulator().url}/_emulator/`]);
    expect(page.headers.get("content-security-policy")).toContain("default-src 'none'");
    expect((await fetch(`${new URL(emulator().url).origin}/`)).url).toBe(page.url);
  });

  test("returns to its initial state after a reset", async () => {
    const client = createSdkClient(emulator());
    const handle = newDeviceToken();
    const registrationId = await register(emulator(), handle);
    const installation = { installationId: "i", platform: "apns", pushChannel: "AB" } as const;
    await client.createOrUpdateInstallation(installation);
    const sent = await client.sendNotification(apple, { tagExpression: "all" });
    await client.deleteRegistration(registrationId);
    await setDevice(emulator().url, "AB", { state: "expired" });
    expect((await fetch(`${emulator().url}/_emulator`, { method: "DELETE" })).status).toBe(204);

    for await (const _ of client.listRegistrations()) throw new Error("A registration is left.");
    await expect(client.getInstallation("i")).rejects.toMatchObject({ statusCode: 404 });
    const details = client.getNotificationOutcomeDetails(sent.notificationId ?? "");
    await expect(details).rejects.toMatchObject({ statusCode: 404 });
    expect(await readDeliveries(emulator().url)).toEqual([]);
    const again = { kind: "Apple", deviceToken: handle, registrationId } as const;
    expect(await client.createOrUpdateRegistration({ ...again })).toMatchObject({ etag: "1" });
    await sendTo(emulator(), "AB");
    expect(await readDeliveries(emulator().url)).toMatchObject([{ seq: 1, handle: "AB" }]);
  });

  test("stops at once with the emulator, including streams and hung requests", async () => {
    const hub = await startHubEmulator({ port: 0 });
    const stream = await readEvents(hub.url);
    const body = `{"rules":[{"hang":true}]}`;
    await fetch(`${hub.url}/_emulator/faults`, { method: "PUT", body });
    const hung = request(`${hub.url}/registrations`);
    const end = once(hung, "error");
    hung.end();
    await once(hung, "finish");
    await readDeliveries(hub.url);
    await hub.stop();
    expect(await end).toMatchObject([{ code: "ECONNRESET" }]);
    await until("the stream to end", () => stream.ended());
  });
});

/** Returns the status of a read with this Host, a header that `fetch` does not let a caller set. */
function statusWithHost(host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const address = `${emulator().url}/_emulator/deliveries`;
    const outgoing = request(address, { headers: { host } }, (incoming) => {
      incoming.resume();
      resolve(incoming.statusCode);
    });
    outgoing.on("error", reject).end();
  });
}

test("health needs no signature", async () => {
  const response = await fetch(`${emulator().url}/_emulator/health`);
  expect([response.status, await response.json()]).toEqual([200, { status: "ok" }]);
});

test("deliveries as plain text are lines with what the devices show", async () => {
  const tag = newTag();
  const toast =
    '<toast><visual><binding template="ToastText02"><text id="1">New:</text><text id="2">a &amp; b</text></binding></visual></toast>';
  for (const [kind, member, handle] of [
    ["Windows", "ChannelUri", `https://db5.notify.windows.com/?token=${tag}`],
    ["FcmV1", "FcmV1RegistrationId", `fcm-${tag}`],
    ["Apple", "DeviceToken", "AB"],
  ]) {
    const members = `<Tags>${tag}</Tags><${member}>${handle}</${member}>`;
    await callHub(emulator(), "POST", "/registrations", { body: atomEntry(`${kind}`, members) });
  }
  for (const [format, body, more] of [
    ["windows", toast, { "x-wns-type": "wns/toast" }],
    ["fcmv1", '{"message":{"notification":{"title":"New:","body":"a & b"}}}', {}],
    ["apple", '{"aps":{"alert":"New: a & b"}}', {}],
  ] as const) {
    const headers = {
      "servicebusnotification-format": format,
      "servicebusnotification-tags": tag,
      ...more,
    };
    await callHub(emulator(), "POST", "/messages", { body, headers });
  }
  const headers = { accept: "text/plain" };
  const text = await (await fetch(`${emulator().url}/_emulator/deliveries`, { headers })).text();
  const lines = text.trim().split("\n").slice(-3);
  expect(lines.map((line) => line.replace(/^\d+ {2}[\d:]{8} {2}/, ""))).toEqual([
    `wns  …${`https://db5.notify.windows.com/?token=${tag}`.slice(-12)}  New: a & b`,
    `fcmv1  ${`fcm-${tag}`.length > 24 ? `…${`fcm-${tag}`.slice(-12)}` : `fcm-${tag}`}  New: a & b`,
    "apns  AB  New: a & b",
  ]);
});
