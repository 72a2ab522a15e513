import { afterAll, beforeAll } from "vitest";
import { type StackAddresses, startStack } from "../../local/stack.ts";

/** A stack of a test file's own: what it does meets nobody else's faults, users or devices. */
export interface TestStack {
  readonly addresses: StackAddresses & { readonly functions: string };
  /** What the services wrote, the app's log in it. */
  log(): string;
  stop(): Promise<void>;
}

/** Starts a stack on free ports. @param settings app settings that win over the stack's own */
async function startTestStack(settings: Readonly<Record<string, string>> = {}): Promise<TestStack> {
  let log = "";
  const stack = await startStack({
    appDirectory: new URL("../..", import.meta.url).pathname,
    portBase: 0,
    host: true,
    env: { ...process.env, ...settings },
    log: (piece) => {
      log += piece;
    },
  });
  const { functions } = stack.addresses;
  if (functions === undefined) throw new Error("The stack started no functions.");
  return { addresses: { ...stack.addresses, functions }, log: () => log, stop: stack.stop };
}

/** Starts a stack before the tests of a file and stops it after them. */
export function useTestStack(
  settings: () => Promise<Record<string, string>> = async () => ({}),
): () => TestStack {
  let stack: TestStack | undefined;
  beforeAll(async () => {
    stack = await startTestStack(await settings());
  });
  afterAll(() => stack?.stop());
  return () => {
    if (!stack) throw new Error("The stack is there while a test runs.");
    return stack;
  };
}
