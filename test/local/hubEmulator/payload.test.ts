import { randomUUID } from "node:crypto";
import type { NotificationDetails } from "@azure/notification-hubs";
import { expect, test } from "vitest";
import { createDeliveryReader, useEmulator } from "./emulatorUnderTest.ts";
import { callHub, createSdkClient } from "./hubClient.ts";

const emulator = useEmulator();
const newDeliveries = createDeliveryReader();

const counts: Readonly<Record<string, keyof NotificationDetails>> = {
  adm: "admOutcomeCounts",
  apple: "apnsOutcomeCounts",
  baidu: "baiduOutcomeCounts",
  browser: "browserOutcomeCounts",
  fcmv1: "fcmV1OutcomeCounts",
  gcm: "fcmOutcomeCounts",
  windows: "wnsOutcomeCounts",
  xiaomi: "xiaomiOutcomeCounts",
};

/** Sends to one device and returns the outcome from the notification's details. */
async function outcomeOf(
  format: string,
  headers: Readonly<Record<string, string>>,
  body: string,
): Promise<unknown> {
  const hub = emulator();
  const handle = randomUUID();
  const response = await callHub(hub, "POST", "/messages?direct=true&api-version=2020-06", {
    headers: {
      "servicebusnotification-format": format,
      "servicebusnotification-devicehandle": handle,
      ...(format === "browser" && { auth: "A", p256dh: "P" }),
      ...headers,
    },
    body,
  });
  expect(response.status).toBe(201);
  const id = new URL(response.headers.get("location") ?? "").pathname.split("/").pop() ?? "";
  const details = await createSdkClient(hub).getNotificationOutcomeDetails(id);
  const outcome = details[counts[format] ?? "tags"];
  const delivered = (await newDeliveries(hub.url)).some(
    (delivery) => delivery.notificationId === id,
  );
  expect(delivered).toBe(JSON.stringify(outcome) === `[{"state":"Success","count":1}]`);
  return Array.isArray(outcome) ? outcome[0]?.state : outcome;
}

/** Returns a JSON object of exactly this many bytes. */
function objectOf(bytes: number, open = `{"message":{"data":{"a":"`, end = `"}}}`): string {
  return `${open}${"é".repeat(Math.floor((bytes - open.length - end.length) / 2))}${
    (bytes - open.length - end.length) % 2 === 1 ? "x" : ""
  }${end}`;
}

const toast = { "x-wns-type": "wns/toast" };
const raw = { "x-wns-type": "wns/raw" };

test.each([
  ["windows", toast, "<toast/>"],
  ["windows", toast, `<?xml version="1.0"?><toast a="&lt;&#65;"><!-- x --><![CDATA[<&]]></toast>`],
  ["windows", { "x-wns-type": "wns/tile" }, "<tile/>"],
  ["windows", { "x-wns-type": "wns/badge" }, `<badge value="3"/>`],
  ["windows", raw, "anything < & at all"],
  ["windows", raw, "x".repeat(5_120)],
  ["windows", { ...toast, "x-wns-tag": "x".repeat(16) }, "<toast/>"],
  ["apple", {}, `{"aps":{"alert":"a"}}`],
  ["apple", {}, objectOf(4_096)],
  ["apple", { "apns-push-type": "voip" }, objectOf(5_120)],
  ["apple", { "apns-priority": "5", "apns-expiration": "0" }, "{}"],
  ["apple", { "apns-collapse-id": "x".repeat(64) }, "{}"],
  ["fcmv1", {}, `{"message":{}}`],
  [
    "fcmv1",
    {},
    `{"message":{"notification":{"title":"t"},"data":{"a":"b"},"android":{"ttl":"0s"}}}`,
  ],
  ["fcmv1", {}, objectOf(4_096)],
  ["gcm", {}, `{"data":{"a":1}}`],
  ["adm", {}, objectOf(6_144)],
  ["baidu", {}, "{}"],
  ["xiaomi", {}, "{}"],
  ["browser", { ttl: "60" }, "any text"],
])("%s accepts, with %j, %.60s", async (format, headers, body) => {
  expect(await outcomeOf(format, headers, body)).toBe("Success");
});

test.each([
  ["windows", toast, `<toast>${"x".repeat(4_090)}</toast>`],
  ["windows", raw, "x".repeat(5_121)],
  ["apple", {}, objectOf(4_097)],
  ["apple", { "apns-push-type": "voip" }, objectOf(5_121)],
  ["fcmv1", {}, objectOf(4_097)],
  ["adm", {}, objectOf(6_145)],
  ["browser", {}, "x".repeat(4_097)],
])("%s refuses as too large, with %j, %.20s", async (format, headers, body) => {
  expect(await outcomeOf(format, headers, body)).toBe("InvalidNotificationSize");
});

test.each([
  ["windows", {}, "<toast/>"],
  ["windows", { "x-wns-type": "toast" }, "<toast/>"],
  ["windows", toast, "<tile/>"],
  ["windows", toast, "hello"],
  ["windows", toast, "<toast>"],
  ["windows", toast, "<toast/><toast/>"],
  ["windows", toast, "<toast>a & b</toast>"],
  ["windows", toast, "<toast>&nbsp;</toast>"],
  ["windows", toast, `<toast a="<"/>`],
  ["windows", toast, `<!DOCTYPE toast><toast/>`],
  ["windows", toast, "<toast>\u0008</toast>"],
  ["windows", { ...toast, "x-wns-tag": "x".repeat(17) }, "<toast/>"],
  ["windows", { ...toast, "x-wns-ttl": "1h" }, "<toast/>"],
  ["windows", { ...toast, "x-wns-priority": "5" }, "<toast/>"],
  ["windows", { ...raw, "x-wns-cache-policy": "keep" }, "x"],
  ["apple", {}, "hello"],
  ["apple", {}, "[]"],
  ["apple", { "apns-push-type": "loud" }, "{}"],
  ["apple", { "apns-priority": "7" }, "{}"],
  ["apple", { "apns-expiration": "soon" }, "{}"],
  ["apple", { "apns-collapse-id": "x".repeat(65) }, "{}"],
  [
    "apple",
    { "apns-push-type": "background", "apns-priority": "10" },
    `{"aps":{"content-available":1}}`,
  ],
  ["apple", { "apns-push-type": "background" }, `{"aps":{"content-available":1,"badge":1}}`],
  ["fcmv1", {}, "{}"],
  ["fcmv1", {}, `{"message":"hello"}`],
  ["fcmv1", {}, `{"message":{"data":{"a":1}}}`],
  ["fcmv1", {}, `{"message":{"notification":{"title":{}}}}`],
  ["fcmv1", {}, `{"message":{"notification":{"channel_id":"c"}}}`],
  ["fcmv1", {}, `{"message":{"token":"t"}}`],
  ["fcmv1", {}, `{"message":{"android":{"ttl":"60"}}}`],
  ["fcmv1", {}, `{"message":{"android":{"priority":"urgent"}}}`],
  ["fcmv1", {}, `{"message":{"android":{"notification":{"notification_count":1.5}}}}`],
  ["gcm", {}, "hello"],
  ["adm", {}, "1"],
  ["baidu", {}, "null"],
  ["xiaomi", {}, `"a"`],
])("%s refuses, with %j, %.60s", async (format, headers, body) => {
  expect(await outcomeOf(format, headers, body)).toBe("PnsInterfaceError");
});
