import { getNotificationOutcomeDetails } from "@azure/notification-hubs/api";
import { type CauseName, causeOfOutcome } from "../../diagnosis/cause.ts";
import type { HubClient } from "../../src/hub/hubClient.ts";
import { callHub } from "../../src/hub/result.ts";
import { createAzureMessageTable } from "../../src/messages/azureMessageTable.ts";
import { messageIn } from "../../src/messages/messageState.ts";
import { partitionOf } from "../../src/messages/messageTable.ts";
import type { RegisteredDevice } from "../../src/registration/userRegistrations.ts";
import type { StorageClients } from "../../src/storage/storageAccount.ts";
import { mayWait } from "./item.ts";
import { faulty, type Step, sound } from "./step.ts";

interface Look {
  readonly steps: readonly Step[];
  /** The id of the intent that announced the message. */
  readonly intentId?: string;
}

/** Looks what became of a message, and whether it is for a user. */
export async function lookAtMessage(
  storage: StorageClients,
  hub: HubClient,
  id: string,
  userDigest: string,
  devices: readonly RegisteredDevice[],
): Promise<Look> {
  const found = await createAzureMessageTable(storage).get(partitionOf(id), id);
  if (found.kind === "absent") {
    return { steps: [faulty("message", "messageAbsent", "No message has this id.")] };
  }
  if (found.kind !== "found") {
    const cause = found.kind === "refused" ? "storageRefuses" : "storageDown";
    return { steps: [faulty("message", cause, "Its row cannot be read.")] };
  }
  const { row } = found;
  const { state, reason, finishedAt, notificationIds = {} } = messageIn(row);
  const hasResult = (kind: string) =>
    devices.some(({ platform }) => row[platform]?.split(" ", 1)[0] === kind);
  const [, topic] = /^topic:(.*)$/.exec(row.audience) ?? [];
  const isForUser =
    row.audience === "everyone" ||
    row.audience === userDigest ||
    (topic !== undefined && devices.some(({ topics }) => topics.includes(topic)));
  const whom = topic ?? (row.audience === "everyone" ? "everyone" : "one user");
  const says = [
    `The message is there, from ${row.createdAt}, for ${topic === undefined ? whom : `the topic ${topic}`}. Its intent is ${row.intentId}.`,
    `Its state is ${state}${finishedAt === undefined ? "" : ` since ${finishedAt}`}.`,
    ...(reason === undefined ? [] : [reason]),
  ];
  const causes: CauseName[] = [
    // A user without a device has no topics, and that is the cause.
    ...(isForUser || (topic !== undefined && devices.length === 0)
      ? []
      : (["otherAudience"] as const)),
    ...(hasResult("refused") ? (["payloadRefused"] as const) : []),
    ...(hasResult("expired") ? (["poisoned"] as const) : []),
    ...(state === "accepted" && mayWait(row.createdAt) ? (["waits"] as const) : []),
  ];
  const outcomes = await Promise.all(
    Object.entries(notificationIds).map(([platform, one]) => lookAtOutcome(hub, platform, one)),
  );
  return {
    steps: [{ at: "message", says, causes }, ...outcomes],
    intentId: row.intentId,
  };
}

/** Asks the hub for the outcome of one send. Only its Standard tier tells it. */
async function lookAtOutcome(hub: HubClient, platform: string, id: string): Promise<Step> {
  const at = `hub's outcome on ${platform}`;
  const abortSignal = AbortSignal.timeout(10_000);
  const details = await callHub("registration", () =>
    getNotificationOutcomeDetails(hub, id, { abortSignal }),
  );
  if (details.kind !== "done") return sound(at, "The hub does not tell it (any more).");
  const { state, wnsOutcomeCounts, apnsOutcomeCounts, fcmV1OutcomeCounts } = details.value;
  const counts = [wnsOutcomeCounts, apnsOutcomeCounts, fcmV1OutcomeCounts].flatMap(
    (some) => some ?? [],
  );
  const causes = counts.flatMap((one) => causeOfOutcome(one.state) ?? []);
  const listed = counts.map((one) => `${one.state}: ${one.count}`).join(", ");
  // That a message to many did not reach some device says little about this user.
  const says =
    state === "NoTargetFound"
      ? `No device of the audience is registered for ${platform}.`
      : `${state}${listed === "" ? "" : `, ${listed}`}.`;
  return counts.some((one) => causeOfOutcome(one.state) === undefined)
    ? sound(at, says)
    : { at, says: [says], causes };
}
