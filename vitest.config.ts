import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: "test/support/setup.ts",
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // The modules that most files share take longer to load than many a test to run.
    isolate: false,
    // On two cores Vitest would run one file at a time; most of a test here is waiting.
    maxWorkers: 4,
  },
});
