import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { buildApp } from "../../build/bundle.ts";
import { startAzurite } from "../../local/azurite.ts";
import { portsFrom } from "../../local/ports.ts";
import { unseen } from "../contract/seen.ts";
import { allAccounts } from "./storageAccounts.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The connection string of the storage that all tests share. Each stack has its own account. */
    storage: string;
    /** The folder where each process notes what it has seen of the contract. */
    seen: string;
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
  const seen = await mkdtemp(join(tmpdir(), "contract-"));
  project.provide("seen", seen);
  return async () => {
    await azurite.stop();
    const missing = (await isWholeRun(project)) ? unseen(seen) : [];
    await rm(seen, { recursive: true });
    if (missing.length > 0) {
      throw new Error(`No test has seen this of docs/openapi.yaml:\n${missing.join("\n")}`);
    }
  };
}

/** Returns whether every test file ran, every test of it, and none failed. */
async function isWholeRun(project: TestProject): Promise<boolean> {
  const { state, config } = project.vitest;
  const { testFiles } = await project.globTestFiles();
  const ran = new Set(state.getFiles().map(({ filepath }) => filepath));
  return (
    project.vite.config.mode !== "browser" &&
    config.testNamePattern === undefined &&
    state.getCountOfFailedTests() === 0 &&
    testFiles.every((file) => ran.has(file))
  );
}
