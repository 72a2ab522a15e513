import type { TestProject } from "vitest/node";
import { buildApp } from "../../build/bundle.ts";
import { startAzurite } from "../../local/azurite.ts";
import { portsFrom } from "../../local/ports.ts";
import { allAccounts } from "./storageAccounts.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The connection string of the storage that all tests share. Each stack has its own account. */
    storage: string;
  }
}

/**
 * Builds the app for all tests and starts one storage that they share, because storage takes longer to
 * start than anything else.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  await buildApp();
  const azurite = await startAzurite({
    ports: portsFrom(0),
    accounts: allAccounts(),
    log: () => {},
  });
  project.provide("storage", azurite.connectionString);
  return azurite.stop;
}
