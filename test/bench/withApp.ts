import {
  androidPhone,
  iPhone,
  register,
  signIn,
  type TestDevice,
  windowsDevice,
} from "../support/client.ts";
import type { TestStack } from "../support/testStack.ts";
import type { Exchange } from "./load.ts";
import { type Cloud, type Server, startApp, startCloud } from "./processes.ts";

/** The app with its cloud, each part in a process of its own, and a signed-in user with three devices. */
export interface RunningApp {
  readonly cloud: Cloud;
  readonly app: Server;
  readonly stack: TestStack;
  readonly token: string;
  readonly devices: readonly TestDevice[];
}

/** Runs a measurement against the app, and stops everything. */
export async function withApp<T>(
  run: (running: RunningApp) => Promise<T>,
  env: NodeJS.ProcessEnv = {},
): Promise<T> {
  const cloud = await startCloud();
  try {
    const app = await startApp(cloud, env);
    try {
      const addresses = { ...cloud.addresses, functions: app.url };
      const stack = { addresses, log: () => "", stop: cloud.stop };
      const token = await signIn(stack, "alice");
      const devices = [windowsDevice(), iPhone(), androidPhone()];
      for (const device of devices) await register(stack, token, device);
      return await run({ cloud, app, stack, token, devices });
    } finally {
      await app.stop();
    }
  } finally {
    await cloud.stop();
  }
}

/** Returns the request that inserts an item. */
export function insertOf(token: string, index: number): Exchange {
  return {
    method: "POST",
    path: "/tables/TodoItem",
    headers: { authorization: `Bearer ${token}` },
    body: JSON.stringify({ text: `Buy milk ${index}` }),
  };
}
