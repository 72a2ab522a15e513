import { defineConfig } from "vitest/config";

export default defineConfig(({ mode }) => {
  /** In milliseconds. With the counts of `npm run test:long` some tests take minutes. */
  const timeout = mode === "long" ? 600_000 : 30_000;
  return {
    test: {
      include: ["test/**/*.test.ts"],
      globalSetup: "test/support/setup.ts",
      testTimeout: timeout,
      hookTimeout: timeout,
      // The modules that most files share take longer to load than many a test to run.
      isolate: false,
      // On two cores Vitest would run one file at a time; most of a test here is waiting.
      maxWorkers: 5,
    },
  };
});
