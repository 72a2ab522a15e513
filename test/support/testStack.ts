import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as v from "valibot";
import { afterAll, beforeAll, inject } from "vitest";
import { startStack } from "../../local/stack.ts";
import type { StackAddresses } from "../../local/stackAddresses.ts";
import { noLimits } from "./noLimits.ts";
import { emptyQueues } from "./queues.ts";
import { emptyTables } from "./rows.ts";
import { accountOf } from "./storageAccounts.ts";

/** A stack for one test file. It shares no faults, users or devices with other stacks. */
export interface TestStack {
  readonly addresses: StackAddresses & { readonly functions: string };
  /** Returns the output of the services, including the app's log. */
  log(): string;
  stop(): Promise<void>;
}

/** The number of stacks that this process has started, for all its test files. */
let stacks = 0;

/** Returns the connection string of an account that no other stack uses. */
export function ownStorage(): string {
  const account = accountOf(Number(process.env["VITEST_POOL_ID"]), stacks++);
  return inject("storage").replaceAll("devstoreaccount1", account);
}

async function startTestStack(
  storage: string,
  settings: Readonly<Record<string, string | undefined>>,
  host: boolean,
): Promise<TestStack> {
  let log = "";
  const stack = await startStack({
    storage,
    appDirectory: join(import.meta.dirname, "../.."),
    portBase: 0,
    host,
    env: { ...process.env, ...noLimits, ...settings },
    log: (piece) => {
      log += piece;
    },
  });
  const { functions = "http://nowhere.invalid" } = stack.addresses;
  return { addresses: { ...stack.addresses, functions }, log: () => log, stop: stack.stop };
}

/** Returns app settings that override the stack's own, given its storage connection string. */
type Settings = (storage: string) => Promise<Record<string, string | undefined>>;

const defaultSettings: Settings = async () => ({});

/** The address of a host to test instead of the local one: it runs beside `npm run local -- --no-host`. */
const otherHost = process.env["FUNCTIONS_URL"];

/** The settings of that host: a file like local.settings.json.example, which is the default. */
const otherSettings =
  process.env["FUNCTIONS_SETTINGS"] ??
  join(import.meta.dirname, "../../local.settings.json.example");

/** Empties the cloud of `npm run local -- --no-host`, which the other host uses. */
async function otherStack(functions: string): Promise<TestStack> {
  const schema = v.object({ Values: v.record(v.string(), v.string()) });
  const { Values } = v.parse(schema, JSON.parse(await readFile(otherSettings, "utf8")));
  const connectionString = Values["NotificationHub__connectionString"] ?? "";
  const name = Values["NotificationHub__name"] ?? "";
  const storage = Values["AzureWebJobsStorage"] ?? "";
  const [, endpoint = ""] = /Endpoint=([^;]*?)\/?;/.exec(connectionString) ?? [];
  const url = `${endpoint}/${name}`;
  await fetch(`${url}/_emulator`, { method: "DELETE" });
  const addresses = {
    functions,
    issuer: Values["Auth__local__issuer"] ?? "",
    hub: { connectionString, name, url },
    storage,
  };
  const stack: TestStack = { addresses, log: () => "", stop: async () => {} };
  await emptyTables(stack);
  await emptyQueues(stack);
  return stack;
}

/**
 * Starts a stack on free ports before the tests of a file, or of a `describe`, and stops it after them.
 *
 * @param settings returns app settings that override the stack's own, given its storage connection string
 * @param host whether to start the Functions host too
 */
export function useTestStack(settings: Settings = defaultSettings, host = true): () => TestStack {
  let stack: TestStack | undefined;
  beforeAll(async () => {
    if (otherHost !== undefined && host && settings === defaultSettings) {
      stack = await otherStack(otherHost);
      return;
    }
    const storage = ownStorage();
    stack = await startTestStack(storage, await settings(storage), host);
  });
  afterAll(() => stack?.stop());
  return () => {
    if (!stack) throw new Error("The stack is not running. Use it only inside a test.");
    return stack;
  };
}
