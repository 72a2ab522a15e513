import { join } from "node:path";
import { afterAll, beforeAll, inject } from "vitest";
import { type StackAddresses, startStack } from "../../local/stack.ts";
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
function ownStorage(): string {
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
    env: { ...process.env, ...settings },
    log: (piece) => {
      log += piece;
    },
  });
  const { functions = "http://nowhere.invalid" } = stack.addresses;
  return { addresses: { ...stack.addresses, functions }, log: () => log, stop: stack.stop };
}

/**
 * Starts a stack on free ports before the tests of a file, or of a `describe`, and stops it after them.
 *
 * @param settings returns app settings that override the stack's own, given its storage connection string
 * @param host whether to start the Functions host too
 */
export function useTestStack(
  settings: (storage: string) => Promise<Record<string, string | undefined>> = async () => ({}),
  host = true,
): () => TestStack {
  let stack: TestStack | undefined;
  beforeAll(async () => {
    const storage = ownStorage();
    stack = await startTestStack(storage, await settings(storage), host);
  });
  afterAll(() => stack?.stop());
  return () => {
    if (!stack) throw new Error("The stack is not running. Use it only inside a test.");
    return stack;
  };
}
