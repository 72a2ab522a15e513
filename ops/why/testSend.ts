import { sendNotification } from "@azure/notification-hubs/api";
import { causeOfOutcome } from "../../diagnosis/cause.ts";
import { payloadsFor } from "../../src/delivery/payload.ts";
import type { HubClient } from "../../src/hub/hubClient.ts";
import { callHub } from "../../src/hub/result.ts";
import { userTag } from "../../src/hub/tags.ts";
import { type Platform, platformEntries } from "../../src/platforms/platforms.ts";
import { causeOfFailure, saysOf } from "./devices.ts";
import type { Step } from "./step.ts";

/** Sends a test notification to the user's devices of one platform, and tells what the platform says of each. */
export async function sendTest(
  hub: HubClient,
  userDigest: string,
  platform: Platform,
): Promise<Step> {
  const at = `test send to ${platform}`;
  const now = Date.now();
  const announcement = {
    audience: { kind: "user", digest: userDigest } as const,
    source: { table: "TestSend", partition: userDigest, rowId: "test" },
    title: "notify-users",
    text: "A test of the operator",
    data: {},
  };
  const terms = { settings: {}, messageTables: new Set<string>() };
  const { notification } = payloadsFor(platform, announcement, terms, { createdAt: now, now });
  const sent = await callHub("hub", () =>
    sendNotification(hub, platformEntries[platform].hub.notification(notification), {
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
