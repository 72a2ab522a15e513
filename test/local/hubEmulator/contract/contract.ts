import {
  isRestError,
  type NotificationHubsClient,
  type RegistrationDescription,
} from "@azure/notification-hubs";
import { afterAll, beforeAll, test } from "vitest";
import { startHubEmulator } from "../../../../local/hubEmulator/emulator.ts";
import { createSdkClient, type HubAddress } from "../hubClient.ts";

const { HUB_CONNECTION_STRING: connectionString, HUB_NAME: name } = process.env;

/**
 * The live hub, if the environment has a connection string and a name. The tests then run against it
 * instead of the emulator and list the differences.
 */
const liveHub: HubAddress | undefined =
  connectionString && name ? { connectionString, name } : undefined;

/** Whether the hub is a live one, which may have real devices and may be slow. */
export const live = liveHub !== undefined;

export interface ContractClient {
  readonly client: NotificationHubsClient;
  /** Creates a registration that is deleted after the tests. */
  createRegistration(
    description: RegistrationDescription,
  ): Promise<RegistrationDescription & { readonly registrationId: string }>;
  /** Marks a registration or an installation for deletion after the tests. */
  removeLater(kind: "registration" | "installation", id: string): void;
}

/** Connects to the hub before the tests of a file. Cleans up and lists the differences after them. */
export function useContractClient(): () => ContractClient {
  let contract: ContractClient | undefined;
  const ids = { registration: new Set<string>(), installation: new Set<string>() };
  let stop = async (): Promise<void> => {};

  beforeAll(async () => {
    const emulator = liveHub ? undefined : await startHubEmulator({ port: 0 });
    const hub = liveHub ?? emulator;
    if (hub === undefined) return;
    const client = createSdkClient(hub);
    contract = {
      client,
      async createRegistration(description) {
        const registration = await client.createRegistration({ ...description });
        const { registrationId = "" } = registration;
        ids.registration.add(registrationId);
        return { ...registration, registrationId };
      },
      removeLater(kind, id) {
        ids[kind].add(id);
      },
    };
    stop = async () => {
      for (const id of ids.installation) await client.deleteInstallation(id).catch(() => {});
      for (const id of ids.registration) await client.deleteRegistration(id).catch(() => {});
      await emulator?.stop();
    };
  });

  afterAll(async () => {
    await stop();
    if (!live) return;
    process.stderr.write(`${differences.length} differences from the live hub\n`);
    for (const difference of differences) process.stderr.write(`- ${difference}\n`);
  });

  return () => {
    if (contract === undefined) throw new Error("The hub is not connected: use it in a test.");
    return contract;
  };
}

const differences: string[] = [];

/** Defines a test. If the hub is live, its failure is listed as a difference. */
export function operation(what: string, run: () => Promise<void>): void {
  test(what, async (context) => {
    context.onTestFailed(({ task }) => {
      differences.push(`${task.fullName}: ${task.result?.errors?.[0]?.message ?? "failed"}`);
    });
    await run();
  });
}

/** Returns the status with which the hub refuses a call, or undefined if the call succeeds. */
export async function statusOf(call: Promise<unknown>): Promise<number | undefined> {
  try {
    await call;
    return undefined;
  } catch (error) {
    if (isRestError(error)) return error.statusCode;
    throw error;
  }
}

export async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}

export async function idsOf(items: AsyncIterable<RegistrationDescription>): Promise<string[]> {
  return (await collect(items)).map(({ registrationId = "" }) => registrationId);
}
