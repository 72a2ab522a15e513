import { afterAll, beforeAll } from "vitest";
import {
  type HubEmulator,
  type HubEmulatorOptions,
  startHubEmulator,
} from "../../../local/hubEmulator/emulator.ts";
import type { Delivery } from "../../../local/hubEmulator/world/deliveries.ts";

/** Starts an emulator before the tests of a file and stops it after them. */
export function useEmulator(options: Partial<HubEmulatorOptions> = {}): () => HubEmulator {
  let emulator: HubEmulator | undefined;
  beforeAll(async () => {
    emulator = await startHubEmulator({ port: 0, ...options });
  });
  afterAll(() => emulator?.stop());
  return () => {
    if (emulator === undefined) throw new Error("The emulator is not running: use it in a test.");
    return emulator;
  };
}

/** Returns the deliveries after this number; by default, all of them. */
export async function readDeliveries(url: string, after = 0): Promise<Delivery[]> {
  const response = await fetch(`${url}/_emulator/deliveries?after=${after}`);
  return JSON.parse(await response.text());
}

/** Returns a function that reads the deliveries since its last call. The first call reads all of them. */
export function createDeliveryReader(): (url: string) => Promise<Delivery[]> {
  let last = 0;
  return async (url) => {
    const deliveries = await readDeliveries(url, last);
    last = deliveries.at(-1)?.seq ?? last;
    return deliveries;
  };
}

export async function setFaults(url: string, ...rules: readonly object[]): Promise<void> {
  const body = JSON.stringify({ rules });
  const { status } = await fetch(`${url}/_emulator/faults`, { method: "PUT", body });
  if (status !== 204) throw new Error(`The emulator returned ${status} for the faults.`);
}

export async function setDevice(url: string, handle: string, device: object): Promise<void> {
  const address = `${url}/_emulator/devices/${encodeURIComponent(handle)}`;
  const body = JSON.stringify(device);
  const { status } = await fetch(address, { method: "PUT", body });
  if (status !== 200) throw new Error(`The emulator returned ${status} for the device.`);
}
