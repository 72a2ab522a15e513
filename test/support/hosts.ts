import { join } from "node:path";
import { startHostProcess } from "../../local/functionsHost/hostProcess.ts";
import type { EasyAuthOptions } from "../../local/signIn/easyAuth.ts";
import type { TestStack } from "./testStack.ts";

/** A Functions host of a test's own, on the storage, hub and issuer of a stack. */
export interface TestHost {
  /** The stack with the functions of this host. */
  readonly stack: TestStack;
  stop(signal?: NodeJS.Signals): Promise<void>;
}

export interface TestHostOptions {
  /** Settings that win over those that fit the stack. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly queueHold?: number;
  /** With it, App Service Authentication is on. */
  readonly easyAuth?: Omit<EasyAuthOptions, "issuer">;
}

export async function startTestHost(
  stack: TestStack,
  { settings = {}, easyAuth, ...options }: TestHostOptions = {},
): Promise<TestHost> {
  const { hub, issuer, storage } = stack.addresses;
  let log = "";
  const host = await startHostProcess({
    ...options,
    appDirectory: join(import.meta.dirname, "../.."),
    port: 0,
    env: {
      ...process.env,
      AzureWebJobsStorage: storage,
      NotificationHub__connectionString: hub.connectionString,
      NotificationHub__name: hub.name,
      Auth__local__issuer: issuer,
      Auth__local__audience: "notify-users",
      Delivery__retrySeconds: "1",
      ...settings,
    },
    ...(easyAuth && { easyAuth: { ...easyAuth, issuer } }),
    log: (piece) => {
      log += piece;
    },
  });
  return {
    stack: {
      addresses: { ...stack.addresses, functions: host.ready.url },
      log: () => log,
      stop: host.stop,
    },
    stop: host.stop,
  };
}
