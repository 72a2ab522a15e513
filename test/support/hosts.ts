import { join } from "node:path";
import type { EasyAuthOptions } from "../../local/easyAuth/easyAuth.ts";
import { startHostProcess } from "../../local/functionsHost/hostProcess.ts";
import { settingsFor } from "../../local/stack.ts";
import { noLimits } from "./noLimits.ts";
import type { TestStack } from "./testStack.ts";

/** A separate Functions host for one test. It uses the storage, hub and issuer of a stack. */
export interface TestHost {
  /** The stack, with the functions of this host instead of its own. */
  readonly stack: TestStack;
  stop(signal?: NodeJS.Signals): Promise<void>;
}

const root = join(import.meta.dirname, "../..");

export interface TestHostOptions {
  /** The folder of a built app; the default is this repository. */
  readonly appDirectory?: string;
  /** Settings that override those of the stack. */
  readonly settings?: Readonly<Record<string, string | undefined>>;
  readonly queueHold?: number;
  /** The function key that the host asks for. */
  readonly key?: string;
  readonly corsOrigins?: readonly string[];
  /** If given, App Service Authentication is on. */
  readonly easyAuth?: Omit<EasyAuthOptions, "issuer">;
}

export async function startTestHost(
  stack: TestStack,
  { appDirectory = root, settings = {}, easyAuth, ...options }: TestHostOptions = {},
): Promise<TestHost> {
  const { issuer } = stack.addresses;
  let log = "";
  const host = await startHostProcess({
    ...options,
    appDirectory,
    port: 0,
    env: {
      ...process.env,
      ...settingsFor(stack.addresses),
      ...noLimits,
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
