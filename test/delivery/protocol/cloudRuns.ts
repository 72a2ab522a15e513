import { expect } from "vitest";
import type { Accepted } from "../../../src/delivery/sendToAudience.ts";
import type { HubResult } from "../../../src/hub/result.ts";
import { type Platform, platforms } from "../../../src/platforms/platforms.ts";
import type { Cloud, Instance } from "./inMemoryCloud.ts";

export const minute = 60_000;
export const hour = 60 * minute;

export const sentResult: HubResult<Accepted> = { kind: "done", value: {} };
export const unavailable: HubResult<Accepted> = { kind: "unavailable", status: 503 };

/** Lets time pass and the host work until the queue is empty, for two days at most. */
export async function settle(cloud: Cloud, instance: Instance): Promise<void> {
  for (let rounds = 0; rounds < 3_000 && cloud.messages().length > 0; rounds++) {
    const next = Math.min(...cloud.messages().map(({ visibleAt }) => visibleAt));
    cloud.pass(Math.max(0, next - cloud.time()) + 1);
    await instance.redeliver();
  }
  expect(cloud.messages()).toEqual([]);
}

/** Runs the host once in each second of the cloud's time. */
export async function work(cloud: Cloud, instance: Instance, milliseconds: number): Promise<void> {
  for (let passed = 0; passed < milliseconds; passed += 1_000) {
    cloud.pass(1_000);
    await instance.redeliver();
  }
}

export const sentTo = (cloud: Cloud, rowId: string) =>
  cloud.sent
    .filter((one) => one.rowId === rowId)
    .map(({ platform }) => platform)
    .toSorted();

export const everywhere = platforms.toSorted();

/** Makes one platform fail so often that its breaker opens. */
export async function openBreaker(
  cloud: Cloud,
  instance: Instance,
  platform: Platform,
): Promise<void> {
  cloud.hub = (one) => (one === platform ? unavailable : { kind: "done", value: {} });
  for (let index = 0; index < 3; index++) await instance.insert(`opening-${index}`);
  expect(cloud.log.join()).toContain('"outcome":"circuit-open"');
}
