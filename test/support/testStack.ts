import { join } from "node:path";
import { afterAll, beforeAll, inject } from "vitest";
import { type StackAddresses, startStack } from "../../local/stack.ts";
import { accountOf } from "./storageAccounts.ts";

/** A stack of a test file's own: what it does meets nobody else's faults, users or devices. */
export interface TestStack {
  readonly addresses: StackAddresses & { readonly functions: string };
  /** What the services wrote, the app's log in it. */
  log(): string;
  stop(): Promise<void>;
}

/** How many stacks this process has started, of all its test files. */
let stacks = 0;

/** The connection string of an account that no other stack has. */
function ownStorage(): string {
  const account = accountOf(Number(process.env["VITEST_POOL_ID"]), stacks++);
  return inject("storage").replaceAll("devstoreaccount1", account);
}

async function startTestStack(
  storage: string,
  settings: Readonly<Record<string, string>>,
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
 * @param settings makes the app settings that win over the stack's own, given its storage
 * @param host whether the Functions host is started too
 */
export function useTestStack(
  settings: (storage: string) => Promise<Record<string, string>> = async () => ({}),
  host = true,
): () => TestStack {
  let stack: TestStack | undefined;
  beforeAll(async () => {
    const storage = ownStorage();
    stack = await startTestStack(storage, await settings(storage), host);
  });
  afterAll(() => stack?.stop());
  return () => {
    if (!stack) throw new Error("The stack is there while a test runs.");
    return stack;
  };
}
