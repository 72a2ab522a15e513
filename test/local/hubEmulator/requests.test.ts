import { beforeEach, describe, expect, test } from "vitest";
import type { RequestRecord } from "../../../local/hubEmulator/emulator.ts";
import { until } from "../../support/until.ts";
import { setDevice, setFaults, useEmulator } from "./emulatorUnderTest.ts";
import { readEvents } from "./eventStream.ts";
import { atomEntry, callHub, sign } from "./hubClient.ts";
import { startProgram } from "./program.ts";

const emulator = useEmulator();

beforeEach(() => emulator().reset());

async function requests(after = 0): Promise<RequestRecord[]> {
  const response = await fetch(`${emulator().url}/_emulator/requests?after=${after}`);
  return JSON.parse(await response.text());
}

const fcm = { "servicebusnotification-format": "fcmv1", "servicebusnotification-tags": "news" };

async function register(handle: string): Promise<void> {
  const members = `<Tags>news</Tags><FcmV1RegistrationId>${handle}</FcmV1RegistrationId>`;
  const body = atomEntry("FcmV1", members);
  await callHub(emulator(), "POST", "/registrations", { body });
}

describe("the record of requests", () => {
  test("tells the operation, status, time and subject of each, and no signature", async () => {
    await register("h1");
    await callHub(emulator(), "GET", "/registrations/1-2-3?api-version=2020-06");
    const body = '{"platform":"gcm","pushChannel":"g"}';
    await callHub(emulator(), "PUT", "/installations/phone", { body });
    await fetch(`${emulator().url}/registrations`);
    const recorded = await requests();
    expect(recorded).toMatchObject([
      { seq: 1, method: "POST", operation: "createRegistration", status: 200 },
      {
        seq: 2,
        target: "/notify-users/registrations/1-2-3?api-version=2020-06",
        operation: "getRegistration",
        status: 404,
        detail: "The registration does not exist",
      },
      { operation: "putInstallation", status: 200, installationId: "phone" },
      {
        operation: "listRegistrations",
        status: 401,
        detail: expect.stringContaining("MissingToken"),
      },
    ]);
    expect(recorded[0]?.registrationId).toMatch(/^\d+-\d+-\d+$/);
    for (const { at, durationMs } of recorded) {
      expect(at).toMatch(/^\d{4}-\d\d-\d\dT/);
      expect(durationMs).toBeGreaterThanOrEqual(0);
    }
    expect(JSON.stringify(recorded)).not.toContain("SharedAccessSignature");
    expect(await requests(3)).toHaveLength(1);
  });

  test("tells what a push was refused for: platform, reason and rule", async () => {
    await register("h1");
    await callHub(emulator(), "POST", "/messages", { body: '{"notification":{}}', headers: fcm });
    expect((await requests(1))[0]).toMatchObject({
      operation: "send",
      status: 201,
      notificationId: expect.stringMatching(/^NH-/),
      send: {
        format: "fcmv1",
        tags: "news",
        devices: 1,
        delivered: 0,
        targets: [
          {
            platform: "fcmv1",
            handle: "h1",
            outcome: "PnsInterfaceError",
            reason: "The payload has no object named message",
            rule: expect.stringContaining("firebase.google.com"),
          },
        ],
      },
    });
  });

  test("shows the devices first that did not get it, and counts the rest", async () => {
    for (let i = 0; i < 25; i++) await register(`h${i}`);
    await setDevice(emulator().url, "h24", { state: "expired" });
    const body = '{"message":{"data":{}}}';
    await callHub(emulator(), "POST", "/messages", { body, headers: fcm });
    const send = (await requests(25))[0]?.send;
    expect(send).toMatchObject({ devices: 25, delivered: 24 });
    expect(send?.targets).toHaveLength(20);
    expect(send?.targets[0]).toMatchObject({ handle: "h24", outcome: "ExpiredChannel" });
  });

  test("tells what a fault rule did", async () => {
    await setFaults(
      emulator().url,
      { match: { path: "/one" }, status: 503 },
      { match: { path: "/two" }, reset: "after" },
      { match: { path: "/three" }, reset: "before" },
    );
    const remove = (id: string) =>
      callHub(emulator(), "DELETE", `/installations/${id}`).catch(() => undefined);
    await remove("one");
    await remove("two");
    await remove("three");
    const recorded = await requests();
    expect(recorded).toMatchObject([
      { status: 503, fault: true },
      { operation: "deleteInstallation", fault: true },
      { fault: true },
    ]);
    expect(recorded.slice(1).some((one) => "status" in one)).toBe(false);
  });

  test("is also a stream of events, and lines for a terminal", async () => {
    await register("h1");
    const stream = await readEvents(emulator().url, { "last-event-id": "0" }, "requests");
    await callHub(emulator(), "POST", "/messages", { body: "{}", headers: fcm });
    await until("both requests", () => stream.events.length === 2);
    expect(stream.events).toMatchObject([
      { id: "1", data: { operation: "createRegistration" } },
      { id: "2", data: { operation: "send" } },
    ]);
    stream.close();
    const headers = { accept: "text/plain" };
    const text = await fetch(`${emulator().url}/_emulator/requests`, { headers });
    expect(await text.text()).toMatch(
      /^\d\d:\d\d:\d\d\.\d{3} {2}200 {2}\d+ ms {2}createRegistration {2}[\d-]+\n.+send {2}fcmv1 {2}news {2}0 of 1 delivered\n {2}fcmv1 {2}h1 {2}PnsInterfaceError: The payload has no object named message \(https:/,
    );
  });
});

describe("what can be read of the simulated world", () => {
  const world = async (path: string): Promise<unknown> =>
    JSON.parse(await (await fetch(`${emulator().url}/_emulator/${path}`)).text());

  test("faults, with how often they still apply", async () => {
    await setFaults(emulator().url, { status: 503, times: 2 }, { delayMs: 1 });
    await callHub(emulator(), "GET", "/registrations");
    expect(await world("faults")).toEqual({ rules: [{ status: 503, times: 1 }, { delayMs: 1 }] });
  });

  test("devices", async () => {
    await setDevice(emulator().url, "ab", { state: "expired" });
    expect(await world("devices")).toEqual({ ab: { state: "expired" } });
    expect(await world("devices/AB")).toEqual({ state: "expired" });
    expect(await world("devices/other")).toEqual({});
  });

  test("registrations, all, by tag and by handle", async () => {
    await register("h1");
    await register("h2");
    expect(await world("registrations?handle=h2")).toMatchObject([
      { platform: "fcmv1", handle: "h2", tags: ["news"], etag: 1 },
    ]);
    expect(await world("registrations?tag=NEWS")).toHaveLength(2);
    expect(await world("registrations?tag=other")).toEqual([]);
    const { headers } = await fetch(`${emulator().url}/_emulator/registrations`);
    expect(headers.get("x-total-count")).toBe("2");
  });
});

test("--verbose prints a line for each request and for each device that was not reached", async () => {
  const hub = await startProgram("--verbose");
  const body = atomEntry("FcmV1", "<Tags>news</Tags><FcmV1RegistrationId>h1</FcmV1RegistrationId>");
  await callHub(hub, "POST", "/registrations", { body });
  await callHub(hub, "POST", "/messages", { body: "{}", headers: fcm });
  await callHub(hub, "GET", "/elsewhere");
  expect(await hub.end("SIGTERM")).toBe(0);
  expect(hub.output()).toContain("createRegistration");
  expect(hub.output()).toMatch(/fcmv1 {2}h1 {2}PnsInterfaceError: The payload has no object/);
  expect(hub.output()).toMatch(/404 {2}\d+ ms {2}GET {2}\/notify-users\/elsewhere/);
  expect(hub.output()).not.toContain(sign(hub).slice(0, 24));
});
