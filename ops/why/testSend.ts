import {
  createAppleNotification,
  createFcmV1Notification,
  createWindowsToastNotification,
} from "@azure/notification-hubs";
import { sendNotification } from "@azure/notification-hubs/api";
import { causeOfOutcome } from "../../diagnosis/cause.ts";
import { payloadFor } from "../../src/delivery/payload.ts";
import type { HubClient } from "../../src/hub/hubClient.ts";
import type { Platform } from "../../src/hub/platform.ts";
import { callHub } from "../../src/hub/result.ts";
import { userTag } from "../../src/hub/tags.ts";
import { causeOfFailure, saysOf } from "./devices.ts";
import type { Step } from "./step.ts";

/** Sends a test notification to the user's devices of one platform, and tells what the platform says of each. */
export async function sendTest(
  hub: HubClient,
  userDigest: string,
  platform: Platform,
): Promise<Step> {
  const at = `test send to ${platform}`;
  const { body, headers } = payloadFor(platform, {
    audience: { kind: "user", digest: userDigest },
    source: { table: "TestSend", partition: userDigest, rowId: "test" },
    title: "notify-users",
    text: "A test of the operator",
    data: {},
  });
  const create = {
    wns: createWindowsToastNotification,
    apns: createAppleNotification,
    fcmv1: createFcmV1Notification,
  }[platform];
  const sent = await callHub("hub", () =>
    sendNotification(hub, create({ body, headers }), {
      tagExpression: userTag(userDigest),
      enableTestSend: true,
      abortSignal: AbortSignal.timeout(20_000),
    }),
  );
  if (sent.kind !== "done") {
    return { at, says: [saysOf(sent)], causes: [causeOfFailure(sent)] };
  }
  const results = sent.value.results;
  return {
    at,
    says:
      results.length === 0
        ? ["It reached no device."]
        : results.map(({ registrationId, outcome }) => `${registrationId}: ${outcome}.`),
    causes: results.flatMap(({ outcome }) => causeOfOutcome(outcome) ?? []),
  };
}
