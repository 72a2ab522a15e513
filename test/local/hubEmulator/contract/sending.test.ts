import {
  createAppleNotification,
  createTagExpression,
  createTemplateNotification,
  createWindowsBadgeNotification,
  createWindowsRawNotification,
  createWindowsTileNotification,
} from "@azure/notification-hubs";
import { describe, expect } from "vitest";
import { until } from "../../../support/until.ts";
import { newTag } from "../hubClient.ts";
import { type PlatformUnderTest, platformsUnderTest } from "../kinds.ts";
import { live, operation, useContractClient } from "./contract.ts";

const contract = useContractClient();

/** Returns the outcome counts of each platform in a notification's details. */
async function countsOf(notificationId: string | undefined): Promise<unknown> {
  const details = await contract().client.getNotificationOutcomeDetails(notificationId ?? "");
  expect(details).toMatchObject({ notificationId, state: "Completed" });
  const counts = Object.entries(details).filter(
    ([name, value]) => value && name.endsWith("Counts"),
  );
  return counts.map(([, value]) => value);
}

describe.each(platformsUnderTest())("sending to $platform", (platform: PlatformUnderTest) => {
  const { native, template, notification, handle, handleText } = platform;

  operation("by tag is accepted, and the details report the outcome", async () => {
    const tag = newTag();
    await contract().createRegistration({ ...native, tags: [tag] });
    const tagExpression = createTagExpression([tag, newTag()]);
    const sent = await contract().client.sendNotification(notification, { tagExpression });
    expect(sent).toMatchObject({
      state: "Enqueued",
      successCount: 0,
      failureCount: 0,
      results: [],
    });
    expect(sent.location).toMatch(/^https:\/\/.+\/messages\/.+/);
    expect(sent.trackingId).toMatch(/[0-9a-f-]{36}/);
    if (!live) {
      expect(await countsOf(sent.notificationId)).toEqual([[{ state: "Success", count: 1 }]]);
    }
  });

  operation("as a test returns the outcome for each device of that platform", async () => {
    const tag = newTag();
    await contract().createRegistration({ ...template, tags: [tag] });
    for (const { native: another } of platformsUnderTest()) {
      if (another.kind !== native.kind) {
        await contract().createRegistration({ ...another, tags: [tag] });
      }
    }
    const { registrationId: id } = await contract().createRegistration({ ...native, tags: [tag] });
    const options = { tagExpression: tag, enableTestSend: true };
    const sent = await contract().client.sendNotification(notification, options);
    expect(sent.state).toBe("DetailedStateAvailable");
    expect(sent.results).toMatchObject([
      { applicationPlatform: notification.platform, pnsHandle: handleText, registrationId: id },
    ]);
    if (!live) {
      expect(sent).toMatchObject({ successCount: 1, failureCount: 0 });
      expect(sent.results[0]?.outcome).toBe(
        "The Notification was successfully sent to the Push Notification System",
      );
    }
  });

  operation("as a test without targets returns an empty list", async () => {
    const options = { tagExpression: newTag(), enableTestSend: true };
    const sent = await contract().client.sendNotification(notification, options);
    expect(sent).toMatchObject({ successCount: 0, failureCount: 0, results: [] });
  });

  operation("to a handle is accepted", async () => {
    const sent = await contract().client.sendNotification(notification, { deviceHandle: handle });
    expect(sent).toMatchObject({ state: "Enqueued", results: [] });
  });

  operation("a template reaches only the template registrations", async () => {
    const tag = newTag();
    await contract().createRegistration({ ...native, tags: [tag] });
    const { registrationId: id } = await contract().createRegistration({
      ...template,
      tags: [tag],
    });
    const message = createTemplateNotification({ body: { m: "hello" } });
    const options = { tagExpression: tag, enableTestSend: true };
    const sent = await contract().client.sendNotification(message, options);
    expect(sent.results.map((result) => result.registrationId)).toEqual([id]);
  });
});

describe("sending", () => {
  const toWindows = [
    createWindowsTileNotification({ body: "<tile/>" }),
    createWindowsBadgeNotification({ body: `<badge value="3"/>` }),
    createWindowsRawNotification({ body: "anything" }),
  ];
  for (const notification of toWindows) {
    operation(`${notification.headers?.["X-WNS-Type"]} is accepted`, async () => {
      const tagExpression = newTag();
      const sent = await contract().client.sendNotification(notification, { tagExpression });
      expect(sent.state).toBe("Enqueued");
    });
  }

  operation("can be aborted", async () => {
    const abortSignal = AbortSignal.abort();
    const apple = createAppleNotification({ body: { aps: { alert: "hello" } } });
    const sending = contract().client.sendNotification(apple, {
      tagExpression: newTag(),
      abortSignal,
    });
    await expect(sending).rejects.toThrow(/abort/i);
  });

  // A live hub may have real devices.
  operation("to all devices is accepted", async () => {
    if (live) return;
    const apple = createAppleNotification({ body: { aps: { alert: "hello" } } });
    const sent = await contract().client.sendBroadcastNotification(apple);
    expect(sent.state).toBe("Enqueued");
    const test = await contract().client.sendBroadcastNotification(apple, {
      enableTestSend: false,
    });
    expect(test.state).toBe("Enqueued");
  });

  operation("without targets reports NoTargetFound in the details", async () => {
    const apple = createAppleNotification({ body: { aps: { alert: "hello" } } });
    const { notificationId = "" } = await contract().client.sendNotification(apple, {
      tagExpression: newTag(),
    });
    const state = async () =>
      (await contract().client.getNotificationOutcomeDetails(notificationId)).state;
    await until("the details", async () => (await state()) === "NoTargetFound");
  });

  operation("provides an address for feedback", async () => {
    expect(await contract().client.getFeedbackContainerUrl()).toMatch(/^https?:\/\/.+/);
  });
});
