import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: "test/support/setup.ts",
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // On two cores Vitest would run one file at a time; most of a test here is waiting.
    maxWorkers: 3,
  },
});
